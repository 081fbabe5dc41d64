"""The commands ``rxcite finetune``: training rows, plans, training, adapters."""

import typer

from ui import tuning_adapters

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Tune a model on cited answers.")


@app.callback()
def _finetune() -> None:
    """Tune a model on cited answers; optional, and measured against the untuned one."""


tuning_adapters.join(app)
