"""The kinds of cases that documents follow (``kinds/``), and what their code relies on."""

from pathlib import Path

from qiangqu.cases.contracts import Contract, Lead, Need, Work

OUTGOING, INCOMING = "outgoing_document", "incoming_document"
SIGN, REGISTER, REVISE = "sign", "register", "revise"
APPROVE, PASSED = "approve", "passed"
PROPOSE, INSTRUCT, HANDLE = "propose", "instruct", "handle"
SUBMIT, ASSIGN, RETURN = "submit", "assign", "return"

_KINDS = Path(__file__).resolve().parents[1] / "kinds"
_PERSON = Need(format="user", always=False)

OUTGOING_CONTRACT = Contract(
    OUTGOING,
    "公文",
    _KINDS / OUTGOING,
    opening={
        "title": Need(longest=120),
        "body_name": Need(longest=60),
        "document_kind": Need(longest=20),
        "urgency": Need(longest=10),
        "reviewer": Need(format="user"),
        "signer": Need(format="user"),
    },
    steps={
        "review": Work(by={"user": "reviewer"}),
        SIGN: Work({"signing": Need(values=(APPROVE,), formerly={"同意签发": APPROVE})}, {"user": "signer"}),
        REVISE: Work(),
        REGISTER: Work(
            {
                "checked": Need(values=(PASSED,), formerly={"复核无误": PASSED}),
                "copies": Need("integer", always=False),
            }
        ),
    },
    leads=(Lead(SIGN, "signing", APPROVE, REGISTER),),
    settings={"elsewhere": True},
)

INCOMING_CONTRACT = Contract(
    INCOMING,
    "公文",
    _KINDS / INCOMING,
    opening={
        "title": Need(longest=120),
        "sender": Need(longest=80),
        "document_number": Need(longest=60, always=False),
        "receipt": Need(longest=30),
        "urgency": Need(longest=10),
        "answer_by": Need(format="date", always=False),
    },
    steps={
        PROPOSE: Work(
            {
                "route": Need(
                    values=(SUBMIT, ASSIGN, RETURN), formerly={"呈批": SUBMIT, "转办": ASSIGN, "退文": RETURN}
                ),
                "proposal": Need(),
                "leader": _PERSON,
                "handler": _PERSON,
            }
        ),
        INSTRUCT: Work(
            {"instruction": Need(values=(ASSIGN,), formerly={"交办": ASSIGN}), "handler": _PERSON}, {"user": "leader"}
        ),
        HANDLE: Work(by={"user": "handler"}),
    },
    settings={"elsewhere": True, "due_field": "answer_by"},
)
