"""Makes a channel of conda packages, with what was given as python, and versions of a package that says something."""

import io
import json
import os
import platform
import sys
import tarfile
from hashlib import md5, sha256
from pathlib import Path

channel, *versions = sys.argv[1:]


def package(name, version, files, links=(), subdir="noarch"):
    index = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": [], "subdir": subdir, "timestamp": 1}
    if subdir == "noarch":
        index["noarch"] = "generic"
    paths = [{"_path": path, "path_type": "hardlink", "sha256": sha256(text.encode()).hexdigest(), "size_in_bytes": len(text)} for path, text in files.items()]
    paths += [{"_path": path, "path_type": "softlink", "sha256": sha256(b"").hexdigest(), "size_in_bytes": 0} for path, _ in links]
    content = files | {"info/index.json": json.dumps(index), "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}), "info/files": "".join(f"{one['_path']}\n" for one in paths)}
    place = Path(channel) / subdir / f"{name}-{version}-0.tar.bz2"
    place.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(place, "w:bz2") as tar:
        for path, text in content.items():
            info = tarfile.TarInfo(path)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
        for path, target in links:
            info = tarfile.TarInfo(path)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    return place.name, index | {"size": place.stat().st_size, "sha256": sha256(place.read_bytes()).hexdigest(), "md5": md5(place.read_bytes()).hexdigest()}


own = {"x86_64": "linux-64", "aarch64": "linux-aarch64"}[platform.machine()]
here = os.path.realpath(sys.executable)
made = {own: [package("python", "%d.%d.%d" % sys.version_info[:3], {}, [("bin/python", here), ("bin/python3", here)], own)]}
made["noarch"] = [
    package("greeting", version, {"share/greeting.txt": f"greeting {version}\n", "etc/conda/activate.d/greeting.sh": f"export GREETING='hello {version}'\n"}) for version in versions
]
for subdir, packages in made.items():
    (Path(channel) / subdir / "repodata.json").write_text(json.dumps({"info": {"subdir": subdir}, "packages": dict(packages), "packages.conda": {}, "repodata_version": 1}))
