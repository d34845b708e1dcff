"""Two revisions, turn about: the fair way to judge a change on a machine that is not quiet.

Each turn starts a fresh gateway of one revision; the order within a pair alternates, so that a
drift of the machine hits both.
"""

import io
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.bench.errors import BenchError
from tools.bench.gateway import HERE
from tools.bench.measure import Plan, closed_loop, running
from tools.bench.results import Run


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs of this tree and of another revision, one of each a pair."""

    revision: str
    pairs: tuple[tuple[Run, Run], ...]

    @property
    def cpu_ratios(self) -> list[float]:
        """CPU an order, this over the other, a pair."""
        return [this.cpu_us_per_order / other.cpu_us_per_order for this, other in self.pairs]

    def as_json(self) -> dict[str, Any]:
        """All numbers."""
        ratios = self.cpu_ratios
        return {
            "against": self.revision,
            "cpu_ratio": round(median(ratios), 4),
            "cpu_ratio_least": round(min(ratios), 4),
            "cpu_ratio_greatest": round(max(ratios), 4),
            "cpu_us_per_order": round(median(a.cpu_us_per_order for a, _ in self.pairs), 2),
            "against_cpu_us_per_order": round(median(b.cpu_us_per_order for _, b in self.pairs), 2),
            "orders_per_s": round(median(a.orders_per_s for a, _ in self.pairs)),
            "against_orders_per_s": round(median(b.orders_per_s for _, b in self.pairs)),
        }

    def print_table(self, console: Console) -> None:
        """A row a pair, and the median ratio."""
        table = Table("this tree", self.revision, "ratio", title="CPU us an order")
        for (this, other), ratio in zip(self.pairs, self.cpu_ratios, strict=True):
            table.add_row(
                f"{this.cpu_us_per_order:.2f}", f"{other.cpu_us_per_order:.2f}", f"{ratio:.3f}"
            )
        console.print(table)
        console.print(f"median ratio {median(self.cpu_ratios):.3f} (below 1: this tree is cheaper)")


def compare(plan: Plan, revision: str) -> Comparison:
    """Run `plan.repeats` pairs."""
    with TemporaryDirectory(prefix="bench-revision-", dir=plan.folder) as name:
        other = Path(name)
        check_out(HERE, revision, other)
        pairs = []
        for turn in range(plan.repeats):
            trees = (HERE, other) if turn % 2 == 0 else (other, HERE)
            runs = {tree: _once(plan, tree) for tree in trees}
            pairs.append((runs[HERE], runs[other]))
    return Comparison(revision, tuple(pairs))


def _once(plan: Plan, tree: Path) -> Run:
    with running(plan, tree) as bench:
        return closed_loop(bench, plan.orders, 1).runs[0]


def check_out(repository: Path, revision: str, folder: Path) -> None:
    """The files of a revision, without touching the repository or its work tree."""
    command = ["git", "-C", str(repository), "archive", "--format=tar", f"{revision}^{{commit}}"]
    try:
        archive = subprocess.run(command, capture_output=True, check=True).stdout
    except subprocess.CalledProcessError as error:
        text = error.stderr.decode(errors="replace").strip()
        raise BenchError(f"revision {revision}: {text}") from None
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
