"""Two receiver processes behind one port: what one of them promises, both keep together."""

import os
import resource
import shutil
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event

import httpx
import plain_http
import pytest
from receiver import BEARER, SITE
from receiver_groups import COMMAND, KEYED, Group, frozen, head, lead, serving
from upstairs import alive
from waiting import eventually


def stored(group: Group) -> int:
    """How many events the ledger holds; every promise of it holds, too."""
    audit = plain_http.get(f"{group.url}/v1/audit", headers=KEYED).json()
    assert audit["broken"] == []
    return int(sum(audit["events"].values()))


def post(group: Group, name: str) -> str:
    """A lead over a connection of its own; the status of its answer."""
    answer = plain_http.post(f"{group.url}/hooks/bearer", content=lead(name), headers=BEARER)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["status"])


def test_leads_are_stored_once_whoever_takes_them(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: leads that come twice at the same time are stored once, also when the second one is another
    process's; whichever process is asked tells the sums of both."""
    events = 'dialgate_events_total{source="bearer",state="MATCHED"}'
    with serving(valkey_url, tmp_path) as group, ThreadPoolExecutor(16) as threads:
        said = list(threads.map(lambda number: post(group, f"lead-{number // 2}"), range(80)))
        assert (said.count("accepted"), said.count("duplicate")) == (40, 40)
        one, other = group.members()
        with frozen(one):
            assert (post(group, "second's"), group.metric(events)) == ("accepted", 41)
        with frozen(other):
            assert (post(group, "first's"), group.metric(events)) == ("accepted", 42)
            assert post(group, "second's") == "duplicate"
        with frozen(one):
            assert post(group, "first's") == "duplicate"
            assert group.metric("dialgate_accept_seconds_count") == 84
        assert stored(group) == 42
        assert group.metric("dialgate_receiver_processes") == 2


def test_the_death_of_one_loses_nothing(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: SIGKILL of one process under load loses no acknowledged lead; the port goes on answering; it is
    replaced, logged and counted; no counter goes backwards."""
    acknowledged: list[str] = []
    enough = Event()

    def sender(worker: int) -> None:
        number = 0
        while not enough.is_set():
            name = f"lead-{worker}-{number}"
            with suppress(httpx.TransportError):  # the connection died with the process: once more
                post(group, name)
                acknowledged.append(name)
                number += 1

    with serving(valkey_url, tmp_path) as group, ThreadPoolExecutor(4) as threads:
        senders = [threads.submit(sender, worker) for worker in range(4)]
        eventually(lambda: len(acknowledged) > 30)
        counted = group.metric("dialgate_accept_seconds_count")
        os.kill(group.members()[0], signal.SIGKILL)
        at_death = len(acknowledged)
        eventually(lambda: len(acknowledged) > at_death + 20, message="the port goes on answering")
        eventually(lambda: group.served(0) == 2, message="it is replaced")
        enough.set()
        for one in senders:
            one.result()
        again = [post(group, name) for name in acknowledged[:300]]
        assert again == ["duplicate"] * len(again)
        assert stored(group) >= len(acknowledged)
        assert group.metric("dialgate_accept_seconds_count") >= counted
        assert group.metric('dialgate_receiver_processes_replaced_total{why="ended"}') == 1
        assert eventually(lambda: group.metric("dialgate_receiver_processes") == 2)
    assert len(group.lines("receiver.ended")) == 1


def test_a_process_that_hangs_is_replaced(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: a process whose event loop stands still is ended and replaced; meanwhile those that its socket
    would keep waiting are served by the other."""
    code = (
        "import os; from gateway.multiprocess.slot import Patience; "
        "from gateway.multiprocess.supervisor import supervise; "
        "from gateway.settings import read_settings; supervise(read_settings(os.environ), patience=Patience(beat=15))"
    )
    with serving(valkey_url, tmp_path, (sys.executable, "-c", code), PROCESSES="2", PORT="0") as group:
        os.kill(group.members()[1], signal.SIGSTOP)
        with ThreadPoolExecutor(8) as threads:  # a crowd: half of them come to the one that stands still
            said = list(threads.map(lambda number: post(group, f"lead-{number}"), range(32)))
        assert said == ["accepted"] * 32
        eventually(lambda: group.served(1) == 2, seconds=120, message="it is replaced")
        assert group.metric('dialgate_receiver_processes_replaced_total{why="hung"}') == 1
    assert [line["number"] for line in group.lines("receiver.hangs")] == [1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_all_of_them(valkey_url: str, tmp_path: Path, number: signal.Signals) -> None:
    """What must hold: whoever is being served when the signal comes is answered, by whichever process; nobody new is;
    then it ends as the same signal ends a single process, leaving no process and no file."""
    with serving(valkey_url, tmp_path) as group, ExitStack() as stack:
        body = lead("slow")
        visitors = [stack.enter_context(socket.create_connection(("127.0.0.1", group.port), 60)) for _ in range(16)]
        for visitor in visitors:
            visitor.sendall(head(body, "Expect: 100-continue"))
            assert b" 100 " in visitor.recv(65536)  # it is in hand
            visitor.sendall(body[:5])
        group.process.send_signal(number)
        eventually(lambda: not group.listens(), message="nobody new is taken")
        for visitor in visitors:
            visitor.sendall(body[5:])
            assert b" 200 " in visitor.recv(65536)
        assert group.process.wait(90) == (130 if number == signal.SIGINT else -signal.SIGTERM)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_signal_that_is_ignored_stays_so(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: started by `nohup`, it outlives its terminal: it goes on serving and replacing."""
    with serving(valkey_url, tmp_path, ("nohup", *COMMAND)) as group:
        group.process.send_signal(signal.SIGHUP)
        os.kill(group.members()[0], signal.SIGKILL)
        eventually(lambda: group.served(0) == 2 or group.process.poll() is not None, message="it is replaced")
        assert group.process.poll() is None
        assert post(group, "after") == "accepted"


def test_nobody_is_left_when_the_supervisor_is_killed(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: SIGKILL of the supervisor ends its processes too: nobody holds the port, and it starts anew."""
    with serving(valkey_url, tmp_path) as group:
        members = group.members()
        assert len(members) == 2
        group.end(signal.SIGKILL)
        eventually(lambda: not any(alive(pid) for pid in members), message="all end")
        assert not group.listens()
        with serving(valkey_url, tmp_path / "again", PORT=str(group.port)) as second:
            assert post(second, "after") == "accepted"


def test_a_group_whose_folder_is_removed_goes_on(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: figures are no reason to serve nobody: /metrics tells those of whoever answers, a process that
    dies is replaced, and the new one says that it counts alone."""
    with serving(valkey_url, tmp_path) as group:
        (folder,) = (tmp_path / "data").iterdir()
        shutil.rmtree(folder)
        assert post(group, "before") == "accepted"
        os.kill(group.members()[0], signal.SIGKILL)
        eventually(lambda: group.served(0) == 2, message="it is replaced")
        assert group.metric("dialgate_rulebook_stale") == 0
        assert post(group, "after") == "accepted"
    assert len(group.lines("receiver.counts_alone")) == 1


def test_a_process_that_cannot_be_started_ends_no_other(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: while the system has no file, memory or process for the next one, the others serve, and it is
    tried again."""
    with serving(valkey_url, tmp_path) as group:
        first, second = group.members()
        before = resource.prlimit(group.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(group.process.pid, resource.RLIMIT_NOFILE, (1, before[1]))
        os.kill(first, signal.SIGKILL)
        eventually(lambda: len(group.lines("receiver.not_started")) > 1, message="it is tried, and again")
        assert post(group, "meanwhile") == "accepted"
        assert group.members() == [second]
        resource.prlimit(group.process.pid, resource.RLIMIT_NOFILE, before)
        eventually(lambda: group.served(0) == 2, message="it is replaced")


def test_guesses_count_for_all_processes_together(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: two processes allow an address as many wrong keys as one does, also after one of them died."""
    wrong = {"Authorization": "Bearer wrong-key-0000"}
    with serving(valkey_url, tmp_path) as group, ThreadPoolExecutor(8) as threads:

        def guess(_: int) -> int:
            return plain_http.get(f"{group.url}/v1/calls", headers=wrong).status_code

        assert set(threads.map(guess, range(5))) == {401}
        os.kill(group.members()[0], signal.SIGKILL)
        eventually(lambda: group.served(0) == 2)
        assert sorted(threads.map(guess, range(24))) == [401] * 5 + [429] * 19


def test_a_changed_configuration_reaches_all(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: all processes take up a changed file; one that is bad shows in the figures, whoever is asked."""
    config = tmp_path / "site.yaml"
    shutil.copy(SITE, config)
    with serving(valkey_url, tmp_path, CONFIG=str(config)) as group:

        def all_say(status: int) -> bool:
            told = [plain_http.post(f"{group.url}/hooks/bearer", content=b"{}", headers=fresh) for _ in range(12)]
            return {answer.status_code for answer in told} == {status}

        fresh = {**BEARER, "Authorization": "Bearer test-bearer-secret-0009"}
        assert all_say(401)
        config.write_text(SITE.read_text().replace("test-bearer-secret-0002", "test-bearer-secret-0009"))
        eventually(lambda: all_say(200), message="both have the new secret")
        config.write_text("sources: 7")
        eventually(lambda: all(group.metric("dialgate_rulebook_stale") == 1 for _ in range(6)))
