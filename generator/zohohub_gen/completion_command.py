"""The command that prints what makes Tab complete in a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zohohub_gen.command_options import shared_options

if TYPE_CHECKING:
    from zohohub_gen.summaries import CompletionScript

_VARIABLE = "_ZOHOHUB_GEN_COMPLETE"


@click.command(
    short_help="Print what makes Tab complete in your shell.",
    epilog="""\b
Examples:
  source <(zohohub-gen completion bash)         for this bash alone
  zohohub-gen completion bash >> ~/.bash_completion
  zohohub-gen completion fish > ~/.config/fish/completions/zohohub-gen.fish
  zohohub-gen completion zsh > ~/.zfunc/_zohohub-gen

\b
Where it goes:
  bash  ~/.bash_completion, which the package bash-completion reads; without
        it, the first example as a line of ~/.bashrc.  bash 4.4 or newer.
  fish  ~/.config/fish/completions/zohohub-gen.fish
  zsh   a file _zohohub-gen in a folder of $fpath; in ~/.zshrc, for example:
        fpath+=~/.zfunc; autoload -Uz compinit && compinit""",
)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@shared_options
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> CompletionScript:
    """Print the script that makes Tab complete commands, options and their values.

    Values are the modules of the snapshot folder, the profiles of pyproject.toml, files, and what
    an option can be.  Put the script where your shell looks for it, and open a new shell.
    """
    from click.shell_completion import get_completion_class

    from zohohub_gen.summaries import CompletionScript

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this click has no completion for {shell}: install a newer one")
    root = ctx.find_root()
    script = kind(root.command, {}, root.info_name or "", _VARIABLE).source()
    if shell == "fish":
        # A value may have commas, as in Leads,Deals; click's script keeps what is before the first.
        script = script.replace('string split ","', 'string split -m 1 ","')
    return CompletionScript(shell=shell, script=script.strip())
