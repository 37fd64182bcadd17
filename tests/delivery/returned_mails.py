"""Mails as servers return them, in the style of several, each about the mail with the Message-ID `{id}`."""

from __future__ import annotations

from uuid import UUID

OUR_MAIL = """\
Received: from umthi.example by mx.example.net; Fri, 20 Nov 2026 08:01:02 +0200
From: Thaba Nkulu Primary <umthi@umthi.example>
To: "Ayanda Dube" <ayanda@example.net>
Message-ID: {id}
Subject: Sports day
MIME-Version: 1.0
"""
POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.umthi.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: umthi@umthi.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="A1B2.1790000000/mx.umthi.example"
Message-Id: <20261120060103.A1B2@mx.umthi.example>

This is a MIME-encapsulated message.

--A1B2.1790000000/mx.umthi.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<ayanda@example.net>: host mx.example.net[203.0.113.7] said: {code} {status}
    <ayanda@example.net>: Recipient address rejected: User unknown in virtual
    mailbox table (in reply to RCPT TO command)

--A1B2.1790000000/mx.umthi.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.umthi.example
X-Postfix-Queue-ID: A1B2
Arrival-Date: Fri, 20 Nov 2026 08:01:01 +0200 (SAST)

Final-Recipient: rfc822; ayanda@example.net
Original-Recipient: rfc822;ayanda@example.net
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; {code} {status} <ayanda@example.net>: Recipient address
    rejected: User unknown in virtual mailbox table

--A1B2.1790000000/mx.umthi.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

{mail}
--A1B2.1790000000/mx.umthi.example--
"""
EXCHANGE = """\
From: <postmaster@example.net>
To: <umthi@umthi.example>
Date: Fri, 20 Nov 2026 06:01:09 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="6c1f-7a2b-49f1"
Content-Language: en-US
Message-ID: <9f2e@DB9PR01.prod.outlook.example>
In-Reply-To: {id}
References: {id}
Subject: Undeliverable: Sports day
Auto-Submitted: auto-replied
MIME-Version: 1.0

--6c1f-7a2b-49f1
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="e5c3"

--e5c3
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to ayanda@example.net couldn't be delivered.=0D=0A

--e5c3
Content-Type: text/html; charset="us-ascii"

<p>Your message to ayanda@example.net couldn't be delivered.</p>

--e5c3--

--6c1f-7a2b-49f1
Content-Type: message/delivery-status

Reporting-MTA: dns;DB9PR01.prod.outlook.example
Received-From-MTA: dns;mx.umthi.example
Arrival-Date: Fri, 20 Nov 2026 06:01:08 +0000

Final-Recipient: rfc822;ayanda@example.net
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup

--6c1f-7a2b-49f1
Content-Type: message/rfc822

{mail}
Bring water and a hat.

--6c1f-7a2b-49f1--
"""
EXIM = """\
Return-path: <>
X-Failed-Recipients: ayanda@example.net
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.umthi.example>
To: umthi@umthi.example
Content-Type: multipart/report; report-type=delivery-status; boundary=1790000000-eximdsn-12345
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1xyz-0001@mx.umthi.example>

--1790000000-eximdsn-12345
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

  ayanda@example.net
    host mx.example.net [203.0.113.7]
    SMTP error from remote mail server after RCPT TO:<ayanda@example.net>:
    550 No such user here

--1790000000-eximdsn-12345
Content-type: message/delivery-status

Reporting-MTA: dns; mx.umthi.example

Action: failed
Final-Recipient: rfc822;ayanda@example.net
Status: 5.0.0
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 No such user here

--1790000000-eximdsn-12345
Content-type: message/rfc822

{mail}
--1790000000-eximdsn-12345--
"""
OLD_EXIM = """\
X-Failed-Recipients: ayanda@example.net
From: Mail Delivery System <Mailer-Daemon@mx.umthi.example>
To: umthi@umthi.example
Subject: Mail delivery failed: returning message to sender

A message that you sent could not be delivered to one or more of its recipients:

  ayanda@example.net
    SMTP error from remote mail server after RCPT TO:<ayanda@example.net>:
    host mx.example.net [203.0.113.7]: 550 5.1.1 unknown user

------ This is a copy of the message, including all the headers. ------

{mail}
"""
COMPLAINT = """\
From: <feedback@example.net>
To: <umthi@umthi.example>
Subject: FW: Sports day
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1"

--part1
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part1
Content-Type: message/feedback-report

Feedback-Type: {type}
User-Agent: SomeGenerator/1.0
Version: 1
Source-IP: 203.0.113.7

--part1
Content-Type: message/rfc822
Content-Disposition: inline

{mail}
Bring water and a hat.
--part1--
"""


def message_id(delivery: UUID, school: int) -> str:
    return f"<{delivery.hex}.{school}@umthi.example>"


def returned(style: str, delivery: UUID, school: int = 1, **values: str) -> bytes:
    """A mail in a style about a delivery, as it lies in a mailbox."""
    ours = message_id(delivery, school)
    defaults = {"action": "failed", "code": "550", "status": "5.1.1", "type": "abuse"}
    text = style.format(**{**defaults, **values}, id=ours, mail=OUR_MAIL.format(id=ours))
    return text.replace("\n", "\r\n").encode()
