"""Uses the explorer as a person would, and prints what it saw. usage: browser.py ADDRESS ADDRESS-WITH-TOKEN"""
import os
import sys
import time
import xml.etree.ElementTree as xml

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

FOLDER = os.getcwd()


def begin(dark=False):
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={FOLDER}/profile{dark}"]:
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": FOLDER})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options)
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 1300, "height": 850, "deviceScaleFactor": 1, "mobile": False})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}, {"name": "prefers-reduced-motion", "value": "reduce"}]})
    return driver


def wait(what, until, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        try:
            found = until()
            if found:
                return found
        except Exception:  # it is not there yet
            pass
        time.sleep(0.05)
    sys.exit(f"waited in vain: {what}")


class Page:
    def __init__(self, driver):
        self.driver = driver

    def __call__(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def nodes(self):
        return self.run("return [...document.querySelectorAll('.node')].map(n => n.dataset.id)")

    def focus(self, identifier):
        self.run("document.querySelector(`.node[data-id=\"${CSS.escape(arguments[0])}\"]`).focus()", identifier)

    def title_is(self, text):
        wait(f"the panel of {text}", lambda: self("#panel h2").text == text)

    def screenshot(self, name):
        if os.environ.get("KG_SCREENSHOTS"):
            self.driver.save_screenshot(os.path.join(os.environ["KG_SCREENSHOTS"], name))


def search_and_grow(page, address):
    page.driver.get(address)
    wait("the best entities", lambda: page.all("#best button"))
    page.press("/")
    page.press("Diabtes melitus")
    wait("an option", lambda: page.all("#search-list [role=option]"))
    print("found by a misspelled name:", page("#search-list [aria-selected=true] .name").text)
    page.press(Keys.ENTER)
    page.title_is("Diabetes mellitus")
    wait("its neighbors", lambda: len(page.nodes()) == 9)
    print("neighbors shown at first: 8, more:", page(".node.selected .more text").text)
    for way in (Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.ARROW_DOWN):
        before = page.run("return document.activeElement.dataset.id")
        page.press(way)
        wait("another entity", lambda: page.run("return document.activeElement.dataset.id") != before)
        shown = len(page.nodes()) + len(page.all(".edge"))
        page.press(Keys.ENTER)
        wait("an answer", lambda: "added" in page("#live").get_attribute("textContent"))
        page.run("document.getElementById('live').textContent = ''")
        if len(page.nodes()) + len(page.all(".edge")) < shown:
            sys.exit("the graph shrank")
    print("three expanded by keys:", "the graph grew" if len(page.nodes()) > 9 else "nothing came")
    unlabeled = page.run("return [...document.querySelectorAll('.node, button, input, textarea')].filter(e => !(e.getAttribute('aria-label') || "
                         "e.textContent.trim() || e.labels?.length)).length")
    print("without a label for a screen reader:", unlabeled)
    page.screenshot("light.png")


def show_hub(page):
    page.press("/")
    page.press("the hub")
    wait("the hub", lambda: page("#search-list [aria-selected=true] .name").text == "The hub")
    page.press(Keys.ENTER)
    page.title_is("The hub")
    wait("its neighbors", lambda: page(".node.selected .more text").text == "+9992")
    print("a hub of 10,000 edges:", page("#panel h3").text, "and", page(".node.selected .more text").text, "behind a count; elements on the page",
          "are few" if page.run("return document.querySelectorAll('*').length") < 1500 else "are many")
    page("#clear").click()


def find_path(page):
    page.press("p")
    wait("the dialog", lambda: page("#path").is_displayed())
    for field, name in (("#path-from", "Drug 3"), ("#path-to", "糖尿病足")):
        page(field).click()
        page(field).send_keys(name)
        wait("an option", lambda: page(f"{field}-list [aria-selected=true] .name").text == name)
        page(field).send_keys(Keys.ENTER)
    page("#path-run").click()
    page.title_is("Drug 3")
    print("a path of", wait("its edges", lambda: len(page.all(".edge.marked"))), "edges")


def ask(page):
    page.press("c")
    wait("the box", lambda: page("#query").is_displayed())
    page("#query").send_keys("MATCH (d:`http://example.org/Drug`)-[r]->(s) RETURN d, r, s, 1.5 AS x LIMIT 12", Keys.CONTROL, Keys.ENTER)
    wait("rows", lambda: len(page.all("#result-table tbody tr")) == 12)
    print("cypher:", page("#cypher-status").text.split(" in ")[0], "of", [cell.text for cell in page.all("#result-table th")])
    page("#explain").click()
    wait("a plan", lambda: "Project" in page("#result-plan").text)
    page("#to-graph").click()
    wait("the result as a graph", lambda: len(page.nodes()) > 6)
    page("#query").clear()
    page("#query").send_keys("MATCH (n RETURN n", Keys.CONTROL, Keys.ENTER)
    print("an error:", wait("it", lambda: page("#cypher-status.bad").text))
    page.press(Keys.ESCAPE)
    print("closed by Esc:", not page("#cypher").is_displayed())


def save(page):
    page("#picture").click()
    name = wait("the file", lambda: [f for f in os.listdir(FOLDER) if f.endswith(".svg")])[0]
    root = wait("all of it", lambda: xml.parse(os.path.join(FOLDER, name)).getroot())
    tags = {element.tag.split("}")[1] for element in root.iter()}
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    print("picture:", root.tag.split("}")[1], "with", "Drug 3" if "Drug 3" in texts else "no names", "of", sorted(tags))


def probe(page, address):
    for i in range(7):
        page.driver.get(f"{address}#http%3A%2F%2Fexample.org%2Fprobe{i}")
        page.driver.refresh()
        wait("the probe", lambda: page.all("#panel h2"))
        wait("its neighbors", lambda: len(page.nodes()) > 2)
        page("#search").send_keys("<" if i % 2 else "hacked")
        wait("options", lambda: page.all("#search-list [role=option]"))
    page.run("document.getElementById('cypher-open').click()")
    page("#query").send_keys("MATCH (n)-[r]->(m) WHERE n.id CONTAINS 'probe' RETURN n, r, m, n.name, '<img src=x onerror=\"window.hacked=9\">'",
                             Keys.CONTROL, Keys.ENTER)
    wait("rows", lambda: page.all("#result-table tbody tr"))
    page("#to-graph").click()
    time.sleep(0.3)
    print("markup in names ran:", page.run("return window.hacked ?? 'never'"),
          "and made", page.run("return document.querySelectorAll('img, script:not([src]), iframe, [onerror], [onload]').length"), "elements")


def show_token(page, guarded):
    page.driver.get(guarded)
    wait("the dialog", lambda: page("#token").is_displayed())
    page("#token-text").send_keys("a-token-of-this-test", Keys.ENTER)
    wait("the best entities", lambda: page.all("#best button"))
    print("a token was asked for, and opened the store")


def complaints(driver):
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING") and "404" not in entry["message"]]


def main(address, guarded):
    driver = begin()
    page = Page(driver)
    try:
        search_and_grow(page, address)
        show_hub(page)
        find_path(page)
        ask(page)
        save(page)
        probe(page, address)
        print("the browser complained of:", [c for c in complaints(driver) if "400" not in c])
        show_token(page, guarded)
    finally:
        driver.quit()
    driver = begin(dark=True)
    try:
        page = Page(driver)
        page.driver.get(f"{address}#http%3A%2F%2Fexample.org%2Fdiabetes")
        page.title_is("Diabetes mellitus")
        print("in the dark the ground is", page.run("return getComputedStyle(document.body).backgroundColor"))
        page.screenshot("dark.png")
    finally:
        driver.quit()


main(*sys.argv[1:])
