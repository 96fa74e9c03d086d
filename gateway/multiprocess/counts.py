"""What the supervisor counts, kept where every member's /metrics finds it."""

from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge

from gateway.web.shared_figures import share_figures

SUPERVISOR = "supervisor"  # its place among those whose figures add up


class GroupCounts:
    """How many processes serve, and how many had to be replaced. One for each supervisor process."""

    def __init__(self, folder: Path) -> None:
        share_figures(folder, SUPERVISOR)
        registry = CollectorRegistry()
        self._serving = Gauge(
            "dialgate_receiver_processes",
            "Receiver processes behind this port that take webhooks.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._replaced = Counter(
            "dialgate_receiver_processes_replaced",
            "Receiver processes that ended by themselves, or were ended because they hung.",
            ("why",),
            registry=registry,
        )
        for why in ("ended", "hung"):
            self._replaced.labels(why)
        self._known = -1

    def serving(self, count: int) -> None:
        """So many serve now."""
        if count != self._known:
            self._known = count
            self._serving.set(count)

    def replaced(self, why: str) -> None:
        """One is to be replaced: `ended` or `hung`."""
        self._replaced.labels(why).inc()
