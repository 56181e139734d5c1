"""What a part of the configuration is: strict, and with secrets that may stand in files of their own."""

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        shown = re.sub(r"//[^/]*@", "//", text)  # user and password may stand there
        raise ValueError(f'write a whole address, such as "http://127.0.0.1:9090", not "{shown}"')
    return text.rstrip("/")


Url = Annotated[str, AfterValidator(_web_address)]
Seconds = Annotated[float, Field(gt=0, le=600)]


class Section(BaseModel):
    """A part of the configuration. A secret `x` may be given by its file, `x_file`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, data: Any) -> Any:  # noqa: ANN401 - whatever the file has
        if not isinstance(data, dict):
            return data
        data = dict(data)
        for key in [key for key in data if key.endswith("_file") and key in cls.model_fields]:
            name = key.removesuffix("_file")
            if data[key] is None:
                continue
            if data.get(name):
                raise ValueError(f"give either {name} or {key}, not both")
            data[name] = _read_secret(str(data[key]), several=name.endswith("s"))
        return data


def _read_secret(path: str, *, several: bool) -> str | list[str]:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f'the file "{path}" can\'t be read: {error}') from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError(f'the file "{path}" is empty')
    return lines if several else lines[0]
