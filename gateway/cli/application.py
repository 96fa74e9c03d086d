"""The command's shape: every group in its place, and one way for errors to end it."""

import sys
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from gateway.cli import checking, listening, sending, serving, shadowing, starting, state, stopping, testing, trying, up
from gateway.cli.alerts import alerts
from gateway.cli.calls import calls
from gateway.cli.console import console
from gateway.cli.dnc import dnc
from gateway.cli.events import events
from gateway.cli.holds import holds
from gateway.cli.notifications import notifications
from gateway.cli.place import problems_text
from gateway.cli.replays import replay
from gateway.cli.screen import FAILED, MISUSED, CommandFailed, remark
from gateway.errors import ConfigInvalid, GatewayError

_ABOUT = """A webhook comes in; the right person's phone rings once, at a lawful hour, from the right number.

Start here: `dialgate up`, then `dialgate send demo` in a second terminal.

Exit codes: 0 done or yes; 1 failed, refused or no; 2 the command line or the configuration is wrong.
Colours only on a terminal; NO_COLOR turns them off.
"""

app = typer.Typer(
    name="dialgate",
    help=_ABOUT,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"dialgate {installed_version('dialgate')}\n")
        raise typer.Exit


@app.callback()
def dialgate(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """What comes before any command."""


_RUN, _CONFIGURE, _LOOK = "Run", "Configure and try", "Look and decide"

app.command(rich_help_panel=_RUN)(up.up)
app.command(rich_help_panel=_RUN)(serving.serve)
app.command(rich_help_panel=_RUN)(serving.work)
app.command(rich_help_panel=_RUN)(serving.sweep)
app.command(rich_help_panel=_RUN)(serving.sandbox)
app.command(rich_help_panel=_CONFIGURE)(starting.init)
app.add_typer(console, name="console", rich_help_panel=_CONFIGURE)
app.command(rich_help_panel=_CONFIGURE)(checking.check)
app.command(rich_help_panel=_CONFIGURE)(checking.schema)
app.command("try", rich_help_panel=_CONFIGURE)(trying.try_)
app.command("test", rich_help_panel=_CONFIGURE)(testing.run)
app.command(rich_help_panel=_CONFIGURE)(shadowing.shadow)
app.command(rich_help_panel=_CONFIGURE)(sending.send)
app.command(rich_help_panel=_CONFIGURE)(listening.listen)
app.add_typer(events, name="events", rich_help_panel=_LOOK)
app.add_typer(replay, name="replay", rich_help_panel=_LOOK)
app.add_typer(calls, name="calls", rich_help_panel=_LOOK)
app.add_typer(holds, name="holds", rich_help_panel=_LOOK)
app.add_typer(dnc, name="dnc", rich_help_panel=_LOOK)
app.add_typer(alerts, name="alerts", rich_help_panel=_LOOK)
app.add_typer(notifications, name="notifications", rich_help_panel=_LOOK)
app.command(rich_help_panel=_LOOK)(stopping.stop)
app.command(rich_help_panel=_LOOK)(stopping.resume)
app.command(rich_help_panel=_LOOK)(stopping.stops)
app.command(rich_help_panel=_LOOK)(state.rings)
app.command(rich_help_panel=_LOOK)(state.status)
app.command(rich_help_panel=_LOOK)(state.audit)


def main() -> None:
    """The console script. Every error we know ends as one clear text on stderr and its exit code."""
    try:
        app()
    except ConfigInvalid as error:
        remark(problems_text(error), style="red")
        sys.exit(MISUSED)
    except CommandFailed as error:
        remark(str(error), style="red")
        sys.exit(error.code)
    except GatewayError as error:
        remark(str(error), style="red")
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
