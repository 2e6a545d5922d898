"""Grpcio stands for a backend written in Python: real gRPC servers for every service of protos/, told by HTTP what each call gets.

The control port speaks as that of test/real/grpc-go/main.go. Arguments: the folder of the stubs that the build generated.
"""

import concurrent.futures
import http.server
import importlib
import json
import pathlib
import sys
import threading
import urllib.parse

import grpc
from google.protobuf import duration_pb2, json_format, message_factory
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

OPTIONS = {
    "MaxConnectionAgeMs": "grpc.max_connection_age_ms",
    "MaxConnectionAgeGraceMs": "grpc.max_connection_age_grace_ms",
    "KeepaliveMinTimeMs": "grpc.http2.min_ping_interval_without_data_ms",
    "MaxReceiveBytes": "grpc.max_receive_message_length",
}


class Backend:
    def __init__(self, services, settings):
        self.lock = threading.Lock()
        self.script = []
        self.calls = []
        workers = concurrent.futures.ThreadPoolExecutor(32)
        options = [(OPTIONS[k], v) for k, v in settings.items() if k in OPTIONS]
        self.server = grpc.server(workers, options=options)
        for service in services:
            handlers = {m.name: self.handler(m) for m in service.methods}
            self.server.add_generic_rpc_handlers(
                [grpc.method_handlers_generic_handler(service.full_name, handlers)]
            )
        tls = settings.get("TLS")
        if tls is None:
            self.port = self.server.add_insecure_port("127.0.0.1:0")
        else:
            client_ca = tls.get("ClientCa", "").encode() or None
            credentials = grpc.ssl_server_credentials(
                [(tls["Key"].encode(), tls["Cert"].encode())],
                client_ca,
                client_ca is not None,
            )
            self.port = self.server.add_secure_port("127.0.0.1:0", credentials)
        self.server.start()

    def handler(self, method):
        """The method's handler, as a stream, so that a message and a failing status can follow each other."""
        request = message_factory.GetMessageClass(method.input_type)
        reply = message_factory.GetMessageClass(method.output_type)
        path = f"/{method.containing_service.full_name}/{method.name}"
        return grpc.unary_stream_rpc_method_handler(
            lambda _, context: self.handle(path, reply, context),
            request_deserializer=request.FromString,
            response_serializer=reply.SerializeToString,
        )

    def handle(self, path, reply, context):
        answer, call = self.take(path, context)
        gone = threading.Event()
        # The callback comes at the end of every call; before the answer it means that the caller or the connection went.
        if not context.add_callback(gone.set):
            gone.set()
        try:
            if answer.get("Gzip"):
                context.set_compression(grpc.Compression.Gzip)
            if answer.get("HeadersFirst"):
                context.send_initial_metadata([])
            if gone.wait(
                None if answer.get("Hang") else answer.get("DelayMs", 0) / 1000
            ):
                call["cancelled"] = True
                return
            code = grpc.StatusCode[answer.get("Code") or "OK"]
            for _ in range(
                answer.get("Replies", 1 if code is grpc.StatusCode.OK else 0)
            ):
                yield json_format.ParseDict(answer.get("Reply") or {}, reply())
            context.set_trailing_metadata(list((answer.get("Trailers") or {}).items()))
            self.end(answer, code, context)
        finally:
            call["ended"] = True

    def end(self, answer, code, context):
        message = answer.get("Message", "")
        if answer.get("RetryDelayMs"):
            retry = error_details_pb2.RetryInfo(
                retry_delay=duration_pb2.Duration(nanos=answer["RetryDelayMs"] * 10**6)
            )
            status = status_pb2.Status(code=code.value[0], message=message)
            status.details.add().Pack(retry)
            context.abort_with_status(rpc_status.to_status(status))
        if code is not grpc.StatusCode.OK:
            context.abort(code, message)

    def take(self, path, context):
        metadata = {}
        for key, value in context.invocation_metadata():
            metadata.setdefault(key, []).append(value if isinstance(value, str) else "")
        auth = context.auth_context()
        call = {
            "method": path,
            "metadata": metadata,
            "deadline": context.time_remaining() is not None,
            "alpn": "h2" if auth.get("transport_security_type") == [b"ssl"] else "",
            "client": b"".join(auth.get("x509_common_name", [])).decode(),
            "cancelled": False,
            "ended": False,
        }
        with self.lock:
            self.calls.append(call)
            if not self.script:
                return {}, call
            answer = self.script[0]
            if answer.get("Times"):
                answer["Times"] -= 1
                if answer["Times"] == 0:
                    self.script.pop(0)
            return dict(answer), call

    def set_script(self, script):
        with self.lock:
            self.script, self.calls = script, []

    def stop(self, graceful):
        """Graceful: no new calls, and those under way may go on."""
        self.server.stop(600 if graceful else None)


def read_services(stubs):
    sys.path.insert(0, stubs)
    for file in sorted(pathlib.Path(stubs).rglob("*_pb2.py")):
        name = ".".join(file.relative_to(stubs).with_suffix("").parts)
        yield from importlib.import_module(name).DESCRIPTOR.services_by_name.values()


class Control(http.server.BaseHTTPRequestHandler):
    backends = {}
    services = []

    def do_POST(self):
        backend = Backend(self.services, self.read())
        self.backends[str(backend.port)] = backend
        self.answer({"port": backend.port})

    def do_PUT(self):
        self.answer(self.backend().set_script(self.read()))

    def do_GET(self):
        backend = self.backend()
        with backend.lock:
            self.answer(backend.calls)

    def do_DELETE(self):
        self.answer(self.backend().stop("graceful" in self.path))

    def backend(self):
        return self.backends[urllib.parse.urlsplit(self.path).path.split("/")[2]]

    def read(self):
        return json.loads(self.rfile.read(int(self.headers["content-length"])))

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Requests are not worth a line."""


if __name__ == "__main__":
    Control.services = list(read_services(sys.argv[1]))
    control = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Control)
    print(
        json.dumps({"control": control.server_port}, separators=(",", ":")), flush=True
    )
    control.serve_forever()
