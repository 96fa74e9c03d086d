"""The numbers of this process. What must be true of all processes together comes from the ledger at scrape."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from gateway.alerts import AlertKind
from gateway.ledger.notices import NoticeState
from gateway.ledger.records import Call
from gateway.model import CallState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ACCEPT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters of one process, each with its own registry: several applications may live in one process.

    `shared`: the folder in which all processes behind one port keep theirs (shared_figures.py); whichever is asked
    tells the sum. Of gauges it tells what was seen last, and of a stale rulebook whether any process has one. Where the
    folder is gone, each tells its own.
    """

    def __init__(self, shared: Path | None = None) -> None:
        self._registry = CollectorRegistry()
        self._together: Collector = self._registry if shared is None else _Together(shared, self._registry)
        self.deliveries = Counter(
            "dialgate_deliveries",
            "Requests to /hooks by source and outcome; unknown addresses count under `unknown`.",
            ("source", "outcome"),
            registry=self._registry,
        )
        self.events = Counter(
            "dialgate_events", "Events accepted, by source and state.", ("source", "state"), registry=self._registry
        )
        self.accept_seconds = Histogram(
            "dialgate_accept_seconds",
            "From a complete request to its answer.",
            buckets=_ACCEPT_BUCKETS,
            registry=self._registry,
        )
        self.unexpected = Counter(
            "dialgate_unexpected_errors", "Requests that met a fault nobody expected.", registry=self._registry
        )
        self.wrong_keys = Counter(
            "dialgate_wrong_keys",
            "Wrong API keys, and requests of addresses locked out.",
            ("outcome",),
            registry=self._registry,
        )
        self.wakes_failed = Counter(
            "dialgate_wakes_failed", "Calls whose wake-up could not be queued.", registry=self._registry
        )
        self.ledger_memory = self._gauge(
            "dialgate_ledger_memory_ratio", "The part of its memory that Redis uses; webhooks are refused from 0.95 on."
        )
        self.clock_ahead = self._gauge(
            "dialgate_clock_ahead_seconds",
            "How far this receiver's clock is ahead of Redis's; webhooks are refused from 30 s on, either way.",
        )
        self.rulebook_stale = self._gauge(
            "dialgate_rulebook_stale", "1 while the files on disk are invalid.", together="max"
        )

    def _gauge(self, name: str, text: str, *, together: Literal["mostrecent", "max"] = "mostrecent") -> Gauge:
        return Gauge(name, text, registry=self._registry, multiprocess_mode=together)

    def collected(self) -> Iterable[Metric]:
        """What was counted so far, by all processes that count together."""
        return self._together.collect()

    def render(self, ledger: "LedgerFigures | None") -> bytes:
        """The text format; `ledger` is None while Redis cannot be reached, and its figures are then absent."""
        scrape = CollectorRegistry()
        scrape.register(self._together)
        if ledger is not None:
            scrape.register(ledger)
        return generate_latest(scrape)


class _Together(Collector):
    """What all processes that share a folder counted, or, where somebody removed it, this one alone."""

    def __init__(self, shared: Path, own: CollectorRegistry) -> None:
        self._shared = shared
        self._own = own

    def collect(self) -> Iterable[Metric]:
        """All sums at once."""
        found: tuple[Metric, ...] = ()
        with suppress(ValueError, FileNotFoundError):  # it went before the collector looked, or while it did
            collector: Collector = MultiProcessCollector(None, str(self._shared))  # type: ignore[no-untyped-call]  # it has no types
            found = tuple(collector.collect())
        return found or tuple(self._own.collect())


class LedgerFigures(Collector):
    """Figures read from the ledger for one scrape: the same whichever process answers."""

    def __init__(
        self,
        counts: Mapping[CallState, int],
        recent: Sequence[Call],
        stopped: int,
        alerts: Mapping[str, int],
        ailing: int = 0,
        notices: Mapping[NoticeState, int] | None = None,
    ) -> None:
        self._counts = counts
        self._recent = recent
        self._stopped = stopped
        self._alerts = alerts
        self._ailing = ailing
        self._notices = notices or {}

    def collect(self) -> Iterable[Metric]:
        """Calls by state, stopped accounts, alerts, and how long the newest placed calls took from their webhook."""
        calls = GaugeMetricFamily("dialgate_calls", "Calls in the ledger by state.", labels=["state"])
        for state in CallState:
            calls.add_metric([state.value], self._counts.get(state, 0))
        yield calls
        yield GaugeMetricFamily("dialgate_accounts_stopped", "Accounts whose dials are stopped.", value=self._stopped)
        yield GaugeMetricFamily(
            "dialgate_numbers_ailing", "Numbers the call API refuses again and again.", value=self._ailing
        )
        alerts = GaugeMetricFamily("dialgate_alerts", "Alerts that nobody acknowledged, by kind.", labels=["kind"])
        for kind in AlertKind:
            alerts.add_metric([kind.value], self._alerts.get(kind.value, 0))
        yield alerts
        notices = GaugeMetricFamily("dialgate_notifications", "Messages to endpoints, by state.", labels=["state"])
        for kept in NoticeState:
            notices.add_metric([kept.value], self._notices.get(kept, 0))
        yield notices
        yield self._webhook_to_dial()

    def _webhook_to_dial(self) -> Metric:
        family = GaugeMetricFamily(
            "dialgate_recent_webhook_to_dial_seconds",
            "Of the newest 200 placed calls: seconds from the webhook to the request, waiting for hours included.",
            labels=["quantile"],
        )
        seconds = sorted(
            (call.granted_at - call.received_at).total_seconds() for call in self._recent if call.granted_at
        )
        for quantile in (0.5, 0.95, 1.0):
            if seconds:
                family.add_metric([f"{quantile:g}"], seconds[min(len(seconds) - 1, int(quantile * len(seconds)))])
        return family
