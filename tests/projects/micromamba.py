"""What Cairn asks of micromamba, done by py-rattler, the solver and installer that pixi is made of: micromamba itself is in no
registry that the tests reach. Its words are those of micromamba 2: create, list."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import rattler
import yaml


def option(name, default=None):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def parts(url):
    """A package's channel, and the match that nothing else of it satisfies."""
    channel, _, file = url.rsplit("/", 2)
    name, version, build = file.removesuffix(".tar.bz2").removesuffix(".conda").rsplit("-", 2)
    return channel, f"{name} =={version} {build}"


async def create(prefix, file):
    text = file.read_text()
    pip, variables = [], {}
    if "@EXPLICIT" in text:
        lines = [line for line in text.splitlines() if line.startswith(("http", "file:"))]
        found = [parts(line.split("#")[0]) for line in lines]
        channels, specs = sorted({channel for channel, _ in found}), [spec for _, spec in found]
    else:
        environment = yaml.safe_load(text)
        channels = environment["channels"]
        specs = [one for one in environment["dependencies"] if isinstance(one, str)]
        pip = [one for group in environment["dependencies"] if isinstance(group, dict) for one in group["pip"]]
        variables = environment.get("variables", {})
    gateway = rattler.Gateway(cache_dir=prefix.parent / "cache")
    records = await rattler.solve(channels, specs, gateway=gateway, platforms=[str(rattler.Platform.current()), "noarch"])
    await rattler.install(records, target_prefix=prefix, cache_dir=prefix.parent / "packages", show_progress=False)
    if variables:
        (prefix / "conda-meta/state").write_text(json.dumps({"env_vars": {name.upper(): str(value) for name, value in variables.items()}}))
    if pip:
        subprocess.run([prefix / "bin/python", "-m", "pip", "install", *pip], check=True)


def main():
    prefix = Path(option("--prefix"))
    if sys.argv[1] == "create":
        try:
            asyncio.run(create(prefix, Path(option("--file"))))
        except Exception as error:
            print(f"error    libmamba Could not solve for environment specs\n{error}", file=sys.stderr)
            return 1
    elif sys.argv[1] == "list":
        print("@EXPLICIT")
        for path in sorted(prefix.glob("conda-meta/*.json")):
            record = json.loads(path.read_text())
            print(f"{record['url']}#{record['md5']}")
    return 0


status = main()
# Threads of py-rattler still run, and crash now and then in an interpreter that takes itself apart.
sys.stdout.flush()
sys.stderr.flush()
os._exit(status)
