"""Whether the files of this folder are sound, and name what a server has.

    check.py                    parses them all, and has promtool try the alerts where it is installed
    check.py --server PROGRAM   also starts that chanter-server, and looks up what the files name: the metrics of
                                alerts, dashboard and autoscaler, and the environment variables
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
METRIC = re.compile(r"\b(?:chanter|process)_[a-z_]+[a-z]\b")
# What the compose files give to themselves, the image and the workers' number of Kubernetes' own apart.
OTHERS = {"IMAGE", "DOMAIN", "CPUS", "MEMORY"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", type=Path)
    server = parser.parse_args().server

    files = {path: list(yaml.safe_load_all(path.read_text())) for path in sorted(HERE.glob("*.y*ml"))}
    dashboard = json.loads((HERE / "grafana-dashboard.json").read_text())
    used = dict(metrics(files, dashboard))
    variables = environment(files)
    if not used or not variables:
        sys.exit("no metrics or no variables were found: this check looks in the wrong places")
    if promtool := shutil.which("promtool"):
        for command in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts.test.yml"]):
            subprocess.run([promtool, *command], cwd=HERE, check=True, stdout=subprocess.DEVNULL)
    if server:
        look_up(server, used, variables)
    print(f"{len(files)} files, {len(used)} metrics and {len(variables)} variables" + (" are sound" if server else " were parsed"))


def metrics(files, dashboard):
    """Each metric that is used, and where."""
    for rule in (rule for group in files[HERE / "alerts.yml"][0]["groups"] for rule in group["rules"]):
        yield from ((name, rule["alert"]) for name in METRIC.findall(rule["expr"]))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield from ((name, f"panel {panel['title']}") for name in METRIC.findall(target["expr"]))
    for scaler in (part for part in files[HERE / "kubernetes.yaml"] if part["kind"] == "HorizontalPodAutoscaler"):
        yield from ((metric["pods"]["metric"]["name"], "the autoscaler") for metric in scaler["spec"]["metrics"])


def environment(files):
    """The variables that are given to a server."""
    names = set()
    for compose in ("docker-compose.yml", "swarm-stack.yml"):
        names |= set(files[HERE / compose][0]["services"]["server"]["environment"])
    for part in files[HERE / "kubernetes.yaml"]:
        if part["kind"] == "ConfigMap" and part["metadata"]["name"] == "chanter":
            names |= set(part["data"])
        if part["kind"] == "Deployment":
            names |= {variable["name"] for variable in part["spec"]["template"]["spec"]["containers"][0]["env"]}
    unit = (HERE / "chanter-server.service").read_text()
    for line in re.findall(r"^Environment=(.*)$", unit, re.MULTILINE):
        names |= {word.split("=")[0] for word in line.split()}
    dockerfile = (HERE.parent / "Dockerfile").read_text()
    for line in re.findall(r"^ENV (.*)$", dockerfile, re.MULTILINE):
        names |= {word.split("=")[0] for word in line.split()}
    return names


def look_up(server, used, variables):
    known = subprocess.run([server, "--help"], check=True, capture_output=True, text=True).stdout
    missing = [f"the variable {name}" for name in sorted(variables) if not re.search(rf"\b{name}=?\b", known)]
    told = live_metrics(server)
    missing += [f"{name}, which {where} uses" for name, where in sorted(used.items()) if base(name) not in told]
    if missing:
        sys.exit("chanter-server has not: " + "; ".join(missing))


def base(name):
    """Of a histogram's parts and a counter's total."""
    return re.sub(r"_(bucket|sum|count|total)$", "", name)


def live_metrics(server):
    """What a server tells that has spoken once and has refused once."""
    flags = ["--port", "0", "--rate-limit", "1", "--rate-burst", "1"]
    process = subprocess.Popen([server, *flags], stderr=subprocess.PIPE, text=True)
    try:
        address = None
        for line in process.stderr:
            found = re.search(r"http://[\d.]+:\d+", line)
            address = address or (found and found[0])
            if address:
                break
        if not address:
            sys.exit("chanter-server ended before it listened")
        until_ready(address)
        statuses = [status(f"{address}/synthesize-stream?text=Hello.") for _ in range(2)]
        if statuses != [200, 429]:
            sys.exit(f"a speech and one too many were answered with {statuses}")
        text = urllib.request.urlopen(f"{address}/metrics").read().decode()
        return {base(name) for name in METRIC.findall(text)}
    finally:
        process.kill()
        process.wait()


def until_ready(address):
    for _ in range(600):
        if status(f"{address}/ready") == 200:
            return
        time.sleep(0.1)
    sys.exit("chanter-server did not become ready in a minute")


def status(url):
    try:
        with urllib.request.urlopen(url) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


main()
