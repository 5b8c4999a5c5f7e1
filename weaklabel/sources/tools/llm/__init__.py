"""A large language model as a source, asked through an OpenAI-compatible HTTP endpoint."""

from weaklabel.sources.tools.llm.settings import LLMOptions
from weaklabel.sources.tools.llm.source import LLMSource, from_options

__all__ = ["LLMOptions", "LLMSource", "from_options"]
