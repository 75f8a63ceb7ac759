"""Runs a stack whose programs are stand-ins, as `nexus up` would. `run_stand_ins.py OPTIONS PROGRAMS`, both JSON."""

import json
import sys
from pathlib import Path

from nexus.local.stack import Options, Programs
from nexus.local.supervisor import run_stack

STAND_IN = (sys.executable, "-I", str(Path(__file__).with_name("stand_in.py")))

if __name__ == "__main__":
    options, kinds = json.loads(sys.argv[1]), json.loads(sys.argv[2])
    usual = {"migrate": "migrate", "api": "api", "worker": "worker", "identity_provider": "api", "web": "web"}
    programs = {name: (*STAND_IN, kinds.get(name, kind)) for name, kind in usual.items()}
    sys.exit(run_stack(Options(**options | {"data_dir": Path(options["data_dir"])}), Programs(**programs)))
