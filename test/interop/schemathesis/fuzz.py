"""Runs schemathesis on a server, and prints what it found as JSON. Arguments: one JSON object."""

import json
import os
import subprocess
import sys
import tempfile

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]

task = json.loads(sys.argv[1])
here = os.path.dirname(os.path.abspath(__file__))
environment = {
    **os.environ,
    "SCHEMATHESIS_HOOKS": os.path.join(here, "hooks.py"),
    "PYTHONDONTWRITEBYTECODE": "1",
    "FUZZ_URL": task["url"],
    "FUZZ_USERNAME": task["username"],
    "FUZZ_PASSWORD": task["password"],
    "FUZZ_KNOWN": json.dumps(task["known"]),
}
if "token" in task:
    environment["FUZZ_TOKEN"] = task["token"]

with tempfile.TemporaryDirectory() as folder:
    report = os.path.join(folder, "report.json")
    command = [
        *[sys.executable, "-B", "-c", "import schemathesis.cli; schemathesis.cli.schemathesis()"],
        *["run", f"{task['url']}/docs-json"],
        *["--checks", ",".join(CHECKS), "--phases", ",".join(task["phases"])],
        *["--seed", str(task["seed"]), "--max-examples", str(task["examples"])],
        *["--generation-database", "none", "--request-timeout", "20", "--continue-on-failure", "--no-color"],
        *[part for path in task["endless"] for part in ("--exclude-path", path)],
        *["--report", "json", "--report-json-path", report],
    ]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if not os.path.exists(report):
        sys.exit(run.stdout + run.stderr)
    with open(report) as file:
        result = json.load(file)

print(
    json.dumps(
        {
            "complete": result["complete"],
            "operations": result["operations"],
            "cases": result["test_cases"]["generated"],
            "seconds": result["running_time"],
            "failures": [[failure["title"], failure["operations"]] for failure in result["failures"]],
            "errors": result["errors"],
            "printed": run.stdout,
        }
    )
)
