"""The HTTP platform: one application factory, and what every route shares.

Correlation, limits, who asks and for which tenant, the envelope, and the one mapping from a kind of
error to a status live here, as functions on raw headers that a plain ASGI handler uses as cheaply
as the framework's. It knows no product noun, opens no port and touches no database.
"""

from tenantry.web.accounts import Accounts
from tenantry.web.answer import Answer, AsgiApp, AsgiScope, Header, Receive, Send, send_answer
from tenantry.web.auth import (
    Authenticator,
    DevelopmentAuthenticator,
    TokenAuthenticator,
    bearer_token,
    is_from_this_machine,
)
from tenantry.web.body import body_as, check_media_type
from tenantry.web.cors import Cors, admit_origin
from tenantry.web.declaration import Declaration, Declarations, HeaderField, Reply, Schema
from tenantry.web.envelope import Envelope, Meta, enveloped, present_meta
from tenantry.web.factory import PUBLIC, ActingPrincipal, ActingTenant, WebApp
from tenantry.web.flow import name_flow
from tenantry.web.frame import MAX_BODY_BYTES, ROUTE_KEY, Frame
from tenantry.web.headers import Headers, client_address_of, headers_of, request_id_of
from tenantry.web.idempotency import IDEMPOTENCY_KEY, idempotency_key_of
from tenantry.web.limits import RequestLimit, RequestLimiter, RequestLimits, Standing
from tenantry.web.negotiation import Form, default_form, negotiate, prefers
from tenantry.web.origins import NO_ORIGINS, LoopbackOrigins, Origins
from tenantry.web.problems import Problem, answer_error, problem_of, render_problem, status_of
from tenantry.web.proxies import TrustedProxies
from tenantry.web.sections import Prefixed
from tenantry.web.tenancy import Tenancy

__all__ = [
    "IDEMPOTENCY_KEY",
    "MAX_BODY_BYTES",
    "NO_ORIGINS",
    "PUBLIC",
    "ROUTE_KEY",
    "Accounts",
    "ActingPrincipal",
    "ActingTenant",
    "Answer",
    "AsgiApp",
    "AsgiScope",
    "Authenticator",
    "Cors",
    "Declaration",
    "Declarations",
    "DevelopmentAuthenticator",
    "Envelope",
    "Form",
    "Frame",
    "Header",
    "HeaderField",
    "Headers",
    "LoopbackOrigins",
    "Meta",
    "Origins",
    "Prefixed",
    "Problem",
    "Receive",
    "Reply",
    "RequestLimit",
    "RequestLimiter",
    "RequestLimits",
    "Schema",
    "Send",
    "Standing",
    "Tenancy",
    "TokenAuthenticator",
    "TrustedProxies",
    "WebApp",
    "admit_origin",
    "answer_error",
    "bearer_token",
    "body_as",
    "check_media_type",
    "client_address_of",
    "default_form",
    "enveloped",
    "headers_of",
    "idempotency_key_of",
    "is_from_this_machine",
    "name_flow",
    "negotiate",
    "prefers",
    "present_meta",
    "problem_of",
    "render_problem",
    "request_id_of",
    "send_answer",
    "status_of",
]
