"""Prompts, which live in the registry."""

import mlflow
import pytest
from mlflow.exceptions import MlflowException


def test_a_prompt_has_versions_aliases_and_tags(unique, client):
    name = unique("prompt")
    first = mlflow.genai.register_prompt(name, "Answer {{question}} briefly.", commit_message="first", tags={"a": "1"})
    second = mlflow.genai.register_prompt(name, "Answer {{question}} at length.", commit_message="second")
    assert (first.version, second.version) == (1, 2)
    loaded = mlflow.genai.load_prompt(f"prompts:/{name}/1")
    assert loaded.template == "Answer {{question}} briefly." and loaded.commit_message == "first"
    assert loaded.format(question="why?") == "Answer why? briefly." and loaded.tags == {"a": "1"}
    mlflow.genai.set_prompt_alias(name, "production", 2)
    assert mlflow.genai.load_prompt(f"prompts:/{name}@production").version == 2
    mlflow.genai.set_prompt_alias(name, "production", 1)
    assert client.get_prompt_version_by_alias(name, "production").version == 1
    mlflow.genai.delete_prompt_alias(name, "production")
    with pytest.raises(MlflowException):
        client.get_prompt_version_by_alias(name, "production")
    client.set_prompt_tag(name, "team", "churn")
    assert client.get_prompt(name).tags["team"] == "churn"
    client.set_prompt_version_tag(name, "2", "checked", "yes")
    assert client.get_prompt_version(name, "2").tags["checked"] == "yes"
    client.delete_prompt_version_tag(name, "2", "checked")
    assert mlflow.genai.load_prompt("nothing-of-that-name", allow_missing=True) is None


def test_a_chat_prompt_keeps_its_messages(unique):
    name = unique("chat")
    messages = [{"role": "system", "content": "You are {{style}}."}, {"role": "user", "content": "{{question}}"}]
    mlflow.genai.register_prompt(name, messages, response_format={"type": "object", "properties": {"a": {"type": "string"}}})
    loaded = mlflow.genai.load_prompt(f"prompts:/{name}/1")
    assert loaded.template == messages and loaded.response_format["type"] == "object"
    assert loaded.format(style="brief", question="why?")[1]["content"] == "why?"


def test_prompts_and_models_do_not_show_among_each_other(unique, client):
    prompt, model = unique("mix-p"), unique("mix-m")
    mlflow.genai.register_prompt(prompt, "x")
    client.create_registered_model(model)
    assert [one.name for one in client.search_registered_models("name LIKE 'mix-%'") if one.name in (prompt, model)] == [model]
    assert [one.name for one in mlflow.genai.search_prompts("name LIKE 'mix-%'") if one.name in (prompt, model)] == [prompt]
    with pytest.raises(MlflowException):
        client.create_registered_model(prompt)
    with pytest.raises(MlflowException):
        mlflow.genai.register_prompt(model, "x")


def test_versions_of_a_prompt_are_listed_and_deleted(unique, client):
    name = unique("prompt")
    for text in ("a", "b", "c"):
        mlflow.genai.register_prompt(name, text)
    found = client.search_prompt_versions(name)
    assert sorted(int(one.version) for one in found) == [1, 2, 3]
    client.delete_prompt_version(name, "2")
    assert mlflow.genai.load_prompt(f"prompts:/{name}/2", allow_missing=True) is None
    for version in ("1", "3"):
        client.delete_prompt_version(name, version)
    client.delete_prompt(name)
    assert client.get_prompt(name) is None


def test_a_prompt_says_which_model_and_which_form_of_answer_it_is_for(unique, client):
    from mlflow.entities.model_registry import PromptModelConfig
    from pydantic import BaseModel

    class Answer(BaseModel):
        text: str
        sure: float

    name = unique("prompt")
    mlflow.genai.register_prompt(name, "{{question}}?", response_format=Answer, model_config=PromptModelConfig(model_name="m", temperature=0.25))
    loaded = mlflow.genai.load_prompt(name, version=1, cache_ttl_seconds=0)
    assert set(loaded.response_format["properties"]) == {"text", "sure"}
    assert (loaded.model_config["model_name"], loaded.model_config["temperature"]) == ("m", 0.25)
    mlflow.genai.set_prompt_model_config(name, 1, {"model_name": "other", "max_tokens": 9})
    assert mlflow.genai.load_prompt(name, version=1, cache_ttl_seconds=0).model_config["max_tokens"] == 9
    mlflow.genai.delete_prompt_model_config(name, 1)
    assert not mlflow.genai.load_prompt(name, version=1, cache_ttl_seconds=0).model_config


def test_prompts_are_searched_page_by_page_and_by_their_tags(unique, client):
    prefix = unique("shelf")
    for index in range(5):
        mlflow.genai.register_prompt(f"{prefix}-{index}", "x", tags={"of": "version"})
        mlflow.genai.set_prompt_tag(f"{prefix}-{index}", "parity", "even" if index % 2 == 0 else "odd")
    assert mlflow.genai.get_prompt_tags(f"{prefix}-0")["parity"] == "even"
    found = mlflow.genai.search_prompts(f"name ILIKE '{prefix.upper()}%' AND tags.parity = 'even'")
    assert sorted(one.name for one in found) == [f"{prefix}-{index}" for index in (0, 2, 4)]
    first = client.search_prompts(f"name LIKE '{prefix}%'", max_results=3)
    rest = client.search_prompts(f"name LIKE '{prefix}%'", max_results=3, page_token=first.token)
    assert len(first) == 3 and len(rest) == 2 and not rest.token
    mlflow.genai.delete_prompt_tag(f"{prefix}-0", "parity")
    assert "parity" not in mlflow.genai.get_prompt_tags(f"{prefix}-0")
    mlflow.genai.set_prompt_version_tag(f"{prefix}-1", 1, "seen", "yes")
    assert mlflow.genai.load_prompt(f"prompts:/{prefix}-1@latest", cache_ttl_seconds=0).tags["seen"] == "yes"


def test_a_prompt_is_linked_to_the_run_and_the_model_that_used_it(unique, client, experiment):
    import json

    name = unique("used")
    first = mlflow.genai.register_prompt(name, "Say {{word}}.")
    with mlflow.start_run() as run:
        mlflow.genai.load_prompt(f"prompts:/{name}/1", cache_ttl_seconds=0)
        client.link_prompt_version_to_run(run.info.run_id, first)
    (linked,) = json.loads(client.get_run(run.info.run_id).data.tags["mlflow.linkedPrompts"])
    assert (linked["name"], str(linked["version"])) == (name, "1")
    model = mlflow.create_external_model(name="app")
    client.link_prompt_version_to_model(name, "1", model.model_id)
    (linked,) = json.loads(client.get_logged_model(model.model_id).tags["mlflow.linkedPrompts"])
    assert linked["name"] == name
