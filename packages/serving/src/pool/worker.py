"""Loads one MLflow model and answers for it over a unix socket, a batch at a time.

    python worker.py SOCKET MODEL_FOLDER

Runs in the model's own environment and needs nothing there but what MLflow brings. A frame is
`u32 length | u32 header length | JSON header | payload`, little-endian, in both directions. `raw` requests
hold the body of one request and go through MLflow's own scoring server code; `batch` requests hold the
columns of several, already in the types of the signature. Whatever a batch cannot do is answered with
`again`: the other side then asks for each request alone.
"""

import inspect
import json
import os
import socket
import struct
import sys
import time
import traceback

os.environ["_MLFLOW_IS_IN_SERVING_ENVIRONMENT"] = "true"
SOCKET, FOLDER = sys.argv[1:3]


def receive(connection, size):
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = connection.recv_into(view)
        if count == 0:
            # The server is gone or wants this worker to end.
            os._exit(0)
        view = view[count:]
    return data


def send(connection, header, payload=b""):
    head = json.dumps(header).encode()
    connection.sendall(struct.pack("<II", 4 + len(head) + len(payload), len(head)) + head + payload)


class Scorer:
    def __init__(self):
        import numpy
        import pandas
        from mlflow.pyfunc import scoring_server

        self.np, self.pd, self.server = numpy, pandas, scoring_server
        load = getattr(scoring_server, "load_model_with_mlflow_config", scoring_server.load_model)
        self.model = load(FOLDER)
        self.schema = self.model.metadata.get_input_schema()
        predict = getattr(self.model, "_predict_fn", None)
        # What the wrapper does besides enforcing the signature, which the batch has behind it.
        metadata = self.model.metadata
        special = any(
            getattr(metadata, name, lambda: False)() for name in ("_is_signature_from_type_hint", "_is_type_hint_from_example")
        )
        self.predict = None
        if predict is not None and not special:
            parameter = inspect.signature(predict).parameters.get("params")
            takes = parameter is not None and parameter.kind != inspect.Parameter.VAR_KEYWORD
            defaults = self.default_params()
            self.predict = (lambda data: predict(data, params=dict(defaults) if defaults is not None else None)) if takes else predict

    def default_params(self):
        schema = self.model.metadata.get_params_schema()
        return None if schema is None else {param.name: param.default for param in schema.params}

    def raw(self, body, content_type):
        from mlflow.exceptions import MlflowException

        try:
            answer = self.server.invocations(bytes(body), content_type, self.model, self.schema)
            return answer.status, answer.mimetype, answer.response.encode()
        except MlflowException as error:
            return error.get_http_status_code(), "application/json", error.serialize_as_json().encode()
        except Exception:
            traceback.print_exc()
            return 500, "text/plain; charset=utf-8", b"Internal Server Error"

    def frame(self, columns, payload):
        data = {}
        for column in columns:
            if "values" in column:
                data[column["name"]] = column["values"]
            else:
                array = self.np.frombuffer(payload, column["sent"], column["count"], column["at"])
                data[column["name"]] = array if column["sent"] == column["dtype"] else array.astype(column["dtype"])
        return self.pd.DataFrame(data)

    def batch(self, header, payload):
        """The answers' bodies, one for each count of rows, or None where the answer cannot be cut."""
        frame = self.frame(header["columns"], payload)
        answer = self.server._get_jsonable_obj(self.predict(frame), pandas_orient="records")
        if not isinstance(answer, list) or len(answer) != len(frame):
            return None
        bodies, at = [], 0
        for rows in header["rows"]:
            bodies.append(json.dumps({"predictions": answer[at : at + rows]}, cls=self.server.NumpyEncoder).encode())
            at += rows
        return bodies


def warm_up(scorer):
    """Answers the model's own example once: what is imported or compiled late is so before the first request."""
    path = os.path.join(FOLDER, "serving_input_example.json")
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return scorer.raw(file.read(), "application/json")[0]


def main():
    started = time.perf_counter()
    scorer = Scorer()
    loaded = time.perf_counter()
    status = warm_up(scorer)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(SOCKET)
    import mlflow

    send(
        connection,
        {
            "pid": os.getpid(), "python": sys.version.split()[0], "mlflow": mlflow.__version__, "batches": scorer.predict is not None,
            "load_ms": round((loaded - started) * 1000), "warm_up_ms": round((time.perf_counter() - loaded) * 1000), "warm_up_status": status,
        },
    )
    while True:
        (length,) = struct.unpack("<I", receive(connection, 4))
        data = memoryview(receive(connection, length))
        (size,) = struct.unpack_from("<I", data)
        header = json.loads(bytes(data[4 : 4 + size]))
        payload = data[4 + size :]
        if "columns" in header:
            try:
                bodies = scorer.batch(header, payload)
            except Exception:
                bodies = None
            if bodies is None:
                send(connection, {"again": True})
            else:
                send(connection, {"items": [[200, "application/json", len(body)] for body in bodies]}, b"".join(bodies))
        else:
            status, kind, body = scorer.raw(payload, header["type"])
            send(connection, {"items": [[status, kind, len(body)]]}, body)


try:
    main()
except Exception:
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
