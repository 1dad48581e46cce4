"""A graph with a disease and its neighbors, a hub of 10,000 edges, and names that would be markup."""
import json

BASE = "http://example.org/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def iri(name):
    return f"<{BASE}{name}>"


def text(value):
    return json.dumps(value, ensure_ascii=False)


def say(*parts):
    print(*parts, ".")


def entity(name, label, kind):
    say(iri(name), f"<{LABEL}>", text(label))
    say(iri(name), f"<{TYPE}>", iri(kind))


entity("diabetes", "Diabetes mellitus", "Disease")
entity("zh", "糖尿病足", "Disease")
say(iri("zh"), iri("partOf"), iri("diabetes"))
for i in range(30):
    entity(f"symptom{i}", f"Symptom {i}", "Symptom")
    say(iri("diabetes"), iri("hasSymptom"), iri(f"symptom{i}"))
    say(iri(f"drug{i % 7}"), iri("treats"), iri(f"symptom{i}"))
for i in range(7):
    entity(f"drug{i}", f"Drug {i}", "Drug")
    say(iri(f"drug{i}"), iri("interactsWith"), iri(f"drug{(i + 1) % 7}"))
entity("hub", "The hub", "Hub")
for i in range(10000):
    say(iri(f"leaf{i}"), iri("isOf"), iri("hub"))

# Each would run, were it taken for markup.
PROBES = ["<img src=x onerror='window.hacked=1'>", "\"><script>window.hacked=2</script>", "'-alert(1)-'", "<svg onload=window.hacked=3>",
          "javascript:window.hacked=4", "{{constructor.constructor('window.hacked=5')()}}", "</title><script>window.hacked=6</script>"]
for i, probe in enumerate(PROBES):
    entity(f"probe{i}", probe, "Probe")
    say(iri(f"probe{i}"), iri("note"), text(probe))
    say(iri(f"probe{i}"), iri(f"rel%3Cimg%20onerror%3Dalert{i}%3E"), iri(f"probe{(i + 1) % len(PROBES)}"))
    say(iri(f"probe{i}"), iri("near"), iri("diabetes"))
