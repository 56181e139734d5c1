"""Prometheus's sentences and our own are read as the same few words."""

import pytest

from responder.diagnose.failure import Failure, failure_of


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("", Failure.NONE),
        # Prometheus 2.42, as it writes them in lastError
        ('Get "http://h:1/metrics": dial tcp 127.0.0.1:1: connect: connection refused', Failure.REFUSED),
        ('Get "http://h/metrics": context deadline exceeded', Failure.TIMEOUT),
        ('Get "http://h/metrics": dial tcp: lookup h on 10.0.0.2:53: no such host', Failure.UNRESOLVED),
        ('Get "http://h/metrics": dial tcp 10.9.9.9:80: connect: no route to host', Failure.UNROUTABLE),
        ('Get "https://h/metrics": x509: certificate has expired or is not yet valid', Failure.NOT_SECURE),
        ('Get "https://h/metrics": http: server gave HTTP response to HTTPS client', Failure.NOT_SECURE),
        ("server returned HTTP status 404 Not Found", Failure.STATUS),
        ('expected a valid start token, got "<" ("INVALID") while parsing: "<"', Failure.NOT_METRICS),
        ('net/http: transport connection broken: malformed HTTP response "SSH"', Failure.NOT_METRICS),
        ('Get "http://h/metrics": EOF', Failure.RESET),
        ("read tcp 127.0.0.1:5->127.0.0.1:9464: read: connection reset by peer", Failure.RESET),
        # our own client
        ("connection refused", Failure.REFUSED),
        ("no answer in time", Failure.TIMEOUT),
        ("no such host", Failure.UNRESOLVED),
        ("its certificate is not trusted", Failure.NOT_SECURE),
        ("it does not answer in proper HTTP", Failure.NOT_METRICS),
        ("the connection was closed before an answer", Failure.RESET),
        ("the answer broke off", Failure.RESET),
        ("something nobody has seen yet", Failure.OTHER),
    ],
)  # fmt: skip
def test_an_error_has_one_word(said: str, word: Failure) -> None:
    assert failure_of(said) is word
