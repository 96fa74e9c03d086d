"""The page a person at a form sees."""

from gateway.pages import PAGE_HEADERS, message_page


def test_texts_are_escaped() -> None:
    """Whatever a body held, the page shows it as text."""
    page = message_page("<b>", "<script>alert('1')</script>", back="https://example.com/a?x=1&y='\"").decode()
    assert "<script" not in page
    assert "&lt;b&gt;" in page
    assert 'href="https://example.com/a?x=1&amp;y=&#x27;&quot;"' in page


def test_nothing_is_loaded_or_run() -> None:
    """Inline style for light and dark, no script, and a policy that says so to the browser."""
    page = message_page("Thank you", "We have received your message.").decode()
    assert "color-scheme:light dark" in page
    assert "src=" not in page
    assert "Back" not in page
    assert "default-src 'none'" in dict(PAGE_HEADERS)["Content-Security-Policy"]
