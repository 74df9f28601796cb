"""`cineloom up|down|status`: the command line of the local stack; stories and screenplays it hands on."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local import stack
from deploy.local.port_plan import DEFAULT_BASE, PortPlan
from deploy.local.run_folder import StackState
from deploy.local.settings import REPOSITORY, read_settings

STREAMING_VERBS = ("story", "screenplay", "canon")
EPILOG = "`story check FILE` lints a story; `screenplay SESSION` and `canon SESSION` print a film's words and facts."


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0; 1 and a line for each reason where it cannot be done; 3 from `status` when nothing runs."""
    asked = list(sys.argv[1:] if arguments is None else arguments)
    if asked and asked[0] in STREAMING_VERBS:
        # Loaded when it is asked for: what starts and stops the stack needs none of it.
        from services.streaming import console

        return console.main(asked)
    chosen = _parser().parse_args(asked)
    if chosen.verb == "up":
        return _up(chosen.run_folder, chosen.port_base, chosen.fresh)
    if chosen.verb == "down":
        print("stopped" if stack.down(chosen.run_folder) else "nothing is running")
        return 0
    state = stack.status(chosen.run_folder)
    if chosen.verb == "replay":
        return _replay(state, chosen.run_folder, chosen.session, chosen.out, chosen.burn_captions)
    print("nothing is running" if state is None else _described(state))
    return 3 if state is None else 0


def _up(run_folder: Path, port_base: int, fresh: bool) -> int:
    try:
        stack.up(stack.Wanted(PortPlan.from_base(port_base), run_folder, fresh), read_settings())
    except (ValueError, stack.CannotStart, stack.StackFailed) as error:
        for line in str(error).splitlines():
            print(f"cineloom: {line}", file=sys.stderr)
        return 1
    return 0


def _replay(state: StackState | None, run_folder: Path, session: str, out: Path | None, burn_captions: bool) -> int:
    if state is None or not state.ready:
        print("cineloom: a replay is rendered by the running stack; start it first (`make run`)", file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "services.streaming.replay", session, *(["--out", str(out)] if out else [])]
    command += ["--burn-captions"] if burn_captions else []
    told = {
        "CINELOOM_INFERENCE_TARGET": state.inference_target,
        "CINELOOM_STORE_URL": f"sqlite:///{run_folder.resolve() / 'cineloom.db'}",
    }
    return subprocess.run(command, env={**read_settings().environment, **told}, check=False).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cineloom", description="Runs Cineloom on this machine.", epilog=EPILOG)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="start everything and stay until Ctrl-C")
    up.add_argument("--port-base", type=int, default=DEFAULT_BASE, help="the page's port; all others shift with it")
    up.add_argument("--fresh", action="store_true", help="forget tastes, sessions and logs of earlier runs")
    down = verbs.add_parser("down", help="stop what `up` started")
    status = verbs.add_parser("status", help="say what runs")
    replay = verbs.add_parser("replay", help="render a session's film again, to MP4 with captions")
    replay.add_argument("session", help="id of the session")
    replay.add_argument("--out", type=Path, help="the MP4 (SESSION.mp4)")
    replay.add_argument("--burn-captions", action="store_true", help="set captions into the picture")
    for verb in (up, down, status, replay):
        verb.add_argument("--run-folder", type=Path, default=REPOSITORY / ".run", help="where state and logs are kept")
    return parser


def _described(state: StackState) -> str:
    lines = [f"{'ready' if state.ready else 'starting'}: {state.player_url} (supervisor pid {state.supervisor_pid})"]
    for name, part in state.parts.items():
        condition = "ready" if part.ready else "starting" if part.pid else "down"
        lines.append(f"  {name:<10} {condition:<9} pid {part.pid or '-'}  restarts {part.restarts}")
    return "\n".join(lines)
