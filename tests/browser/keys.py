"""A person without a mouse: Tab leads everywhere, Enter, Space and the arrows do the rest."""

from playwright.sync_api import Page

TABS_AT_MOST = 200
ACTIVE_NAME = """() => {
  const at = document.activeElement;
  const labels = [...(at.labels || [])].map((label) => label.textContent);
  return (at.getAttribute("aria-label") || labels.join(" ") || at.innerText || at.name || "").trim();
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is so called, or begins so, has the focus. AssertionError when no Tab leads there."""
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        if page.evaluate(ACTIVE_NAME).startswith(name):
            return
    raise AssertionError(f"no Tab leads to {name!r}")


def press(page: Page, *names: str) -> None:
    """Tab to each of them in turn, and press Enter there."""
    for name in names:
        tab_to(page, name)
        page.keyboard.press("Enter")


def typed(page: Page, name: str, text: str) -> None:
    """Tab to a field and write over what it holds."""
    tab_to(page, name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
