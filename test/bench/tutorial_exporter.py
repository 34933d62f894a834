"""The two metrics of the tutorial, as one writes them with Python's prometheus_client and psutil.

    python3 test/bench/tutorial_exporter.py PORT
"""

import sys
import time

import prometheus_client
import psutil

USAGE = prometheus_client.Gauge("system_usage", "Usage of the system's resources in percent.", ["resource_type"])

prometheus_client.start_http_server(int(sys.argv[1]), addr="127.0.0.1")
while True:
    USAGE.labels("CPU").set(psutil.cpu_percent())
    USAGE.labels("Memory").set(psutil.virtual_memory().percent)
    # As often as Sonde measures them.
    time.sleep(5)
