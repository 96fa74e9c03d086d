"""SOAP envelopes, and the Outbound Message that Salesforce sends in one.

Sources of facts: SOAP 1.1 and 1.2, Salesforce's SOAP API guide ("Outbound Messaging" and its WSDL).
"""

import re

from gateway.decoding.xml import Element, parse_xml, to_value
from gateway.errors import Unreadable
from gateway.model import JsonObject, JsonValue

MOST_NOTIFICATIONS = 100  # the WSDL's maxOccurs
OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
_ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")

_SESSION = re.compile(rb"(<(?:[\w.-]+:)?SessionId(?:\s[^>]*)?(?<!/)>).*?(</(?:[\w.-]+:)?SessionId\s*>)", re.DOTALL)


def soap_body(raw: bytes) -> Element:
    """The one element an envelope's body holds. Raises Unreadable for anything else."""
    root = parse_xml(raw)
    if root.uri not in _ENVELOPES or root.name != "Envelope":
        raise Unreadable("the body is XML but no SOAP envelope")
    bodies = list(root.named(root.uri, "Body"))
    if len(bodies) != 1 or len(bodies[0].children) != 1:
        raise Unreadable("the SOAP envelope holds no message, or several")
    return bodies[0].children[0]


def decode_outbound_message(raw: bytes) -> JsonObject:
    """A Salesforce Outbound Message as plain data. Raises Unreadable.

    {"organization_id", "action_id", "notifications": [{"id", "type", "record"}]}: `type` is the object's, such as
    Lead; `record` its fields by name, null where Salesforce says so. The session id, a live credential, is let go.
    """
    message = soap_body(raw)
    if (message.uri, message.name) != (OUTBOUND, "notifications"):
        raise Unreadable("the SOAP message is no Salesforce Outbound Message")
    found = list(message.named(OUTBOUND, "Notification"))
    if len(found) > MOST_NOTIFICATIONS:
        raise Unreadable(f"the message has {len(found)} notifications; Salesforce sends at most {MOST_NOTIFICATIONS}")
    return {
        "organization_id": message.text_of(OUTBOUND, "OrganizationId"),
        "action_id": message.text_of(OUTBOUND, "ActionId"),
        "notifications": [_notification(one, number) for number, one in enumerate(found, start=1)],
    }


def without_session(raw: bytes) -> bytes:
    """The message as it came, but for the text of its session id, which would open the sender's account."""
    return _SESSION.sub(rb"\1\2", raw)


def acknowledgement(*, received: bool) -> bytes:
    """The answer Salesforce waits for, as text/xml: received, or to be sent again."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{_ENVELOPES[0]}"><soapenv:Body>'
        f'<notificationsResponse xmlns="{OUTBOUND}"><Ack>{str(received).lower()}</Ack></notificationsResponse>'
        "</soapenv:Body></soapenv:Envelope>"
    ).encode("ascii")


def _notification(element: Element, number: int) -> JsonObject:
    records = list(element.named(OUTBOUND, "sObject"))
    identity = element.text_of(OUTBOUND, "Id")
    if identity is None or len(records) != 1:
        raise Unreadable(f"notification {number} has no id, or not one object")
    kind = records[0].attributes.get("type", "").rpartition(":")[2]
    return {"id": identity, "type": kind, "record": _fields(records[0])}


def _fields(record: Element) -> JsonValue:
    """The object's fields; its own attributes say what it is, not what it holds."""
    value = to_value(Element(uri="", name="", children=record.children))
    return value if isinstance(value, dict) else {}
