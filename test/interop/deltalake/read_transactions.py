"""What deltalake finds recorded for applications: read_transactions.py <folder> <version> <application>..."""

import sys

from answer import answer
from deltalake import DeltaTable

table = DeltaTable(sys.argv[1], version=int(sys.argv[2]))

answer([table.transaction_version(application) for application in sys.argv[3:]])
