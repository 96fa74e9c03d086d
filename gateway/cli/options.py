"""Options that several commands share, said once."""

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", help="The YAML file, or a folder of them.  [default: DIALGATE_CONFIG]", show_default=False
    ),
]
UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="Address of a running Dialgate.  [default: DIALGATE_PUBLIC_URL, else a running `up`]",
        show_default=False,
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", help="API key.  [default: DIALGATE_API_KEY, else a running `up`]", show_default=False),
]
DataDirOption = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder of `dialgate up`.  [default: DIALGATE_DATA_DIR]", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most this many.")]
RevealOption = Annotated[bool, typer.Option("--reveal", help="Show phones, names and content; it is logged.")]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="Not older than this: 90m, 24h, 7d, or an ISO date and time.", show_default=False),
]
SampleOption = Annotated[bool, typer.Option("--sample", help="A fresh sample; so it is without a file, too.")]
NamedOption = Annotated[
    str | None, typer.Option("--named", help="Which of the provider's samples.", show_default=False)
]
