"""Stands for a Python producer: sends an event in each form that the package cloudevents encodes, by Python's own HTTP client.

Arguments: host:port. Standard input: {"attributes", "data"}. Prints [{"form", "status", "body"}] in JSON.
"""

import http.client
import json
import sys
import warnings

from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1 import conversion
from cloudevents.v1.http import CloudEvent as OlderCloudEvent

warnings.simplefilter("ignore")  # the older classes are what most producers use


def encode(attributes, data):
    older = OlderCloudEvent(attributes, data)
    yield "older binary", *conversion.to_binary(older)
    yield "older structured", *conversion.to_structured(older)
    newer = CloudEvent({"specversion": "1.0", **attributes}, data)
    for form, message in [
        ("newer binary", to_binary_event(newer)),
        ("newer structured", to_structured_event(newer)),
    ]:
        yield form, message.headers, message.body


def send(address, headers, body):
    connection = http.client.HTTPConnection(address)
    connection.request("POST", "/", body, headers)
    response = connection.getresponse()
    return {"status": response.status, "body": response.read().decode()}


if __name__ == "__main__":
    event = json.load(sys.stdin)
    answers = []
    for number, form in enumerate(
        ["older binary", "older structured", "newer binary", "newer structured"]
    ):
        attributes = {
            **event["attributes"],
            "id": f"{event['attributes']['id']}-{number}",
        }
        message = {
            name: (headers, body)
            for name, headers, body in encode(attributes, event["data"])
        }[form]
        answers.append({"form": form, **send(sys.argv[1], *message)})
    print(json.dumps(answers))
