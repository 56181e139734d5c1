"""Takes a request's body apart: what people did, in values that can be relied on."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from responder.domain.errors import BadInput
from responder.domain.ids import ALPHABET, INCIDENT_LETTERS
from responder.domain.texts import keepable
from responder.render.limits import clean

FIELDS_MOST: Final = 200
"""Of a form; a slash command has about 15."""
NAME_LONGEST: Final = 40
TEXT_MOST: Final = 10_000
"""Characters after a slash command: more than Slack lets anybody write."""
_ID: Final = f"^[{ALPHABET}]{{{INCIDENT_LETTERS}}}$"

UserId = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{1,30}$")]
ChannelId = Annotated[str, StringConstraints(pattern=r"^[CGD][A-Z0-9]{1,30}$")]
Ts = Annotated[str, StringConstraints(pattern=r"^(\d{1,16}\.\d{1,9})?$")]
ShortId = Annotated[str, StringConstraints(pattern=_ID)]
"""Of a fix or of an incident."""
Model = TypeVar("Model", bound=BaseModel)
_OBJECT: Final = TypeAdapter(dict[str, Any])


class Team(BaseModel):
    """A workspace."""

    id: str


class Payload(BaseModel):
    """What every payload has. Nothing else of it is kept than what a model names."""

    type: str = ""
    team: Team | None = None
    team_id: str = ""
    trigger_id: str = Field("", max_length=500)


class Other(Payload):
    """What nobody handles yet, and Slack's proof that we are there (`url_verification`)."""

    challenge: str = ""
    command: str = ""


class User(BaseModel):
    """Whoever did it."""

    id: UserId
    username: str = ""
    name: str = ""
    team_id: str = ""

    @property
    def who(self) -> str:
        """What is written down of them: the id, which stays, and the name they have today."""
        name = clean(self.username or self.name, NAME_LONGEST).replace("(", "").replace(")", "")
        return f"slack:{self.id} ({name})" if name else f"slack:{self.id}"


class Channel(BaseModel):
    """Where it was done."""

    id: ChannelId


class Container(BaseModel):
    """The message in it."""

    message_ts: Ts = ""
    thread_ts: Ts | None = None


class Pressed(BaseModel):
    """A button; `value` is what we gave it."""

    type: str = "button"
    action_id: str = Field(max_length=255)
    block_id: str = Field("", max_length=255)
    value: str = Field("", max_length=2000)


class Click(Payload):
    """A button was pressed in a message (`block_actions`)."""

    user: User
    channel: Channel | None = None
    response_url: str = Field("", max_length=500)
    container: Container = Container()
    actions: tuple[Pressed, ...] = Field(min_length=1, max_length=25)

    @property
    def pressed(self) -> Pressed:
        return self.actions[0]


class Chosen(BaseModel):
    """An option that was chosen."""

    value: str = Field("", max_length=150)


class Input(BaseModel):
    """What one field of a modal holds."""

    value: str | None = None
    selected_option: Chosen | None = None


class State(BaseModel):
    """What all fields of a modal hold, by block and by action."""

    values: Mapping[str, Mapping[str, Input]] = {}


class View(BaseModel):
    """A modal."""

    type: str = "modal"
    callback_id: str = Field("", max_length=255)
    private_metadata: str = Field("", max_length=3000)
    state: State = State()

    def field(self, name: str) -> Input:
        """The field whose block and action have this name; empty if there is none."""
        return self.state.values.get(name, {}).get(name, Input())


class Submission(Payload):
    """A modal was sent off (`view_submission`)."""

    user: User
    view: View


class Slash(Payload):
    """A slash command was sent."""

    trigger_id: str = Field(min_length=1, max_length=500)
    command: str = Field(max_length=100)
    text: str = Field("", max_length=TEXT_MOST)
    user_id: UserId
    user_name: str = ""
    channel_id: ChannelId
    response_url: str = Field("", max_length=500)

    @property
    def user(self) -> User:
        return User(id=self.user_id, username=self.user_name)


class CommandId(BaseModel):
    """A button's value: the command whose answer it is about."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class OfFix(BaseModel):
    """A button's value: the fix it is about, the digest of what was shown, and how often it was extended."""

    fix: ShortId
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None = None
    extended: Annotated[int, Field(ge=0)] | None = None


SHAPES: Final[Mapping[str, type[Payload]]] = {"block_actions": Click, "view_submission": Submission}


def read(content_type: str, body: bytes) -> dict[str, Any]:
    """The payload of a body, cut down to what is known of it: slack-bolt fails on what has another shape.

    Raises:
        BadInput: it is none of Slack's.
    """
    try:
        payload = _payload(content_type.partition(";")[0].strip().lower(), body.decode())
        return cut_down(payload)
    except (ValueError, RecursionError) as error:  # pydantic's, JSON's and those of decoding are ValueErrors
        raise BadInput("malformed", "this is no payload of Slack's") from error


def cut_down(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a payload, wherever it came from, as it can be kept.

    Raises:
        ValueError: it has another shape.
    """
    shape = Slash if payload.get("command") else SHAPES.get(str(payload.get("type")), Other)
    cut: dict[str, Any] = keepable(shape.model_validate(payload).model_dump())
    return cut


def value_of(model: type[Model], text: str) -> Model | None:
    """A value that we put somewhere, as it comes back; None if it is none of ours."""
    try:
        return model.model_validate(keepable(model.model_validate_json(text).model_dump()))
    except ValidationError:
        return None


def _payload(kind: str, text: str) -> dict[str, Any]:
    if kind == "application/json":
        return _object(text)
    if kind != "application/x-www-form-urlencoded":
        raise ValueError(kind)
    form = dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MOST))
    return _object(form["payload"]) if "payload" in form else dict(form)


def _object(text: str) -> dict[str, Any]:
    return _OBJECT.validate_python(json.loads(text))
