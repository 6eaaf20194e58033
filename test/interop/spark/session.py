"""One Spark session: reads lines of JSON with SQL, and writes for each a line of JSON with the rows, or with the error."""

import json
import sys

from pyspark.sql import SparkSession

jars, warehouse = sys.argv[1:]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", jars)
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.sql.warehouse.dir", warehouse)
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.driver.memory", "1g")
    .config("spark.sql.jsonGenerator.ignoreNullFields", "false")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.databricks.delta.snapshotPartitions", "1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
print(json.dumps({"ready": spark.version}), flush=True)

for line in sys.stdin:
    try:
        result = spark.sql(json.loads(line)["sql"])
        print(json.dumps([json.loads(row) for row in result.toJSON().collect()]), flush=True)
    except Exception as error:  # whatever Spark says about it is the answer
        print(json.dumps({"error": str(error)}), flush=True)
