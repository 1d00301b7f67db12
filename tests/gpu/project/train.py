"""Trains a small network on the graphics card for a while and logs it with the unmodified client."""

import argparse
import time

import mlflow
import torch

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=float, default=20)
seconds = parser.parse_args().seconds

torch.manual_seed(1)
card = torch.device("cuda")
rows = torch.randn(65536, 64, device=card)
wanted = torch.sin(rows.sum(1, keepdim=True) / 8)
network = torch.nn.Sequential(
    torch.nn.Linear(64, 4096), torch.nn.GELU(), torch.nn.Linear(4096, 4096), torch.nn.GELU(), torch.nn.Linear(4096, 1)
).to(card)
steps = torch.optim.Adam(network.parameters(), lr=1e-3)


class OnTheCard(mlflow.pyfunc.PythonModel):
    """Answers on the card where it is served; says so when there is none."""

    def load_context(self, context):
        self.network = torch.load(context.artifacts["network"], map_location="cuda", weights_only=False).eval()

    def predict(self, context, model_input, params=None):
        with torch.no_grad():
            given = torch.as_tensor(model_input, dtype=torch.float32, device="cuda")
            return self.network(given).cpu().numpy()


with mlflow.start_run():
    end, step = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        loss = torch.nn.functional.mse_loss(network(rows), wanted)
        steps.zero_grad()
        loss.backward()
        steps.step()
        if step % 20 == 0:
            mlflow.log_metric("loss", loss.item(), step=step)
        step += 1
    mlflow.log_metric("peak_memory_mb", torch.cuda.max_memory_allocated() / 1e6)
    torch.save(network, "network.pt")
    signature = mlflow.models.ModelSignature(
        inputs=mlflow.types.Schema([mlflow.types.TensorSpec(__import__("numpy").dtype("float32"), (-1, 64))]),
    )
    mlflow.pyfunc.log_model(
        name="network", python_model=OnTheCard(), artifacts={"network": "network.pt"}, signature=signature,
        registered_model_name="on-a-card", pip_requirements=["torch", "mlflow"],
    )
