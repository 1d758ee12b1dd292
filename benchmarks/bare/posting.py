"""The least that starts anew and sends: `python -m benchmarks.bare.posting PORT`, one POST."""

import http.client
import sys

if __name__ == "__main__":
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
    connection.request("POST", "/", b"Body=x")
    connection.getresponse().read()
