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
