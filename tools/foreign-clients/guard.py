"""Fails if anything connects to another host than loopback, and reports the operations of a client."""

import ipaddress
import os
import socket
import sys
import urllib.parse

BASE_URL = os.environ["COPPER_BASE_URL"]
TOKEN = os.environ["COPPER_ACCESS_TOKEN"]
EMAIL = os.environ["COPPER_USER_EMAIL"]

_connect, _getaddrinfo = socket.socket.connect, socket.getaddrinfo


def _refuse(host):
    print(f"FAILED: a connection to {host}", flush=True)
    # Not an exception, which the client could catch.
    os._exit(3)


def _check(host):
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "localhost"):
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    _refuse(host)


def _checked_connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _check(address[0])
    return _connect(self, address)


def _checked_getaddrinfo(host, *args, **kwargs):
    _check(host)
    return _getaddrinfo(host, *args, **kwargs)


socket.socket.connect = _checked_connect
socket.getaddrinfo = _checked_getaddrinfo
_check(urllib.parse.urlsplit(BASE_URL).hostname)


def step(operation, work):
    """Runs one operation. `work` returns what it got, after it has checked it."""
    try:
        result = work()
    except Exception as error:  # whatever a client raises
        print(f"  {operation:32} FAILED: {type(error).__name__}: {error}", flush=True)
        sys.exit(1)
    print(f"  {operation:32} works", flush=True)
    return result


def own_bug(operation, reason, work):
    """Runs one operation that fails for a bug of the client's own. It fails the run if it works."""
    try:
        work()
    except Exception as error:
        print(f"  {operation:32} own bug: {reason} ({type(error).__name__})", flush=True)
        return
    print(f"  {operation:32} FAILED: works, although {reason}", flush=True)
    sys.exit(1)


def equal(found, expected):
    assert found == expected, f"{found!r} instead of {expected!r}"
    return found
