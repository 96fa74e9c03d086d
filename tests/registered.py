"""A rule whose people a registry is asked about, and what that answers."""

from crm import Answer

PHONE = "+12122000001"
CLEAR = Answer(body=b'{"listed": false}')
LISTED = Answer(body=b'{"listed": true}')
CONFIG = """
accounts: {{main: {{token: "${{TOKEN:-}}"}}}}
numbers: {{east: {{id: pn_east, account: main, pace: {{}}}}}}
sources: {{crm: {{provider: generic, secrets: [a-long-enough-secret], authentication: [{{bearer: true}}]}}}}
rules:
  - name: checked
    call: {{from: east, contact: {{phone: payload.id, region: US}}}}
    hours: always
  - name: by id
    call: {{from: east, contact: {{id: payload.id}}}}
    hours: always
do_not_call:
  checks:
    registry: {{url: "{url}/{{phone}}", answer: {{path: listed}}, timeout: 500ms, fresh_for: 1h{more}}}
"""
