"""The model registry: models, versions, stages, aliases, tags, search, and loading by every form of URI."""

import time

import mlflow
import numpy as np
import pytest
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LinearRegression

X = np.arange(8.0).reshape(4, 2)


@pytest.fixture(scope="module")
def logged(server):
    """Two logged models that tell themselves apart by what they predict: 1 and 2."""
    eid = mlflow.MlflowClient(server).create_experiment(f"registry-{time.time_ns()}")
    made = []
    for value in (1.0, 2.0):
        with mlflow.start_run(experiment_id=eid) as run:
            info = mlflow.sklearn.log_model(LinearRegression().fit(X, np.full(4, value)), name="model")
            made.append((run.info.run_id, info.model_id))
    return made


@pytest.fixture
def registered(client, unique, logged):
    """A registered model with versions 1 and 2."""
    name = unique("reg")
    for _, model_id in logged:
        mlflow.register_model(f"models:/{model_id}", name)
    return name


def predicts(uri):
    return round(float(mlflow.pyfunc.load_model(uri).predict(X)[0]))


def test_a_registered_model_is_created_described_tagged_renamed_and_deleted(client, unique):
    name = unique("reg")
    made = client.create_registered_model(name, tags={"a": "1"}, description="first")
    assert (made.name, made.description, made.tags) == (name, "first", {"a": "1"})
    with pytest.raises(MlflowException, match="already exists") as caught:
        client.create_registered_model(name)
    assert caught.value.error_code == "RESOURCE_ALREADY_EXISTS"
    client.update_registered_model(name, description="second")
    client.set_registered_model_tag(name, "b", "2")
    client.delete_registered_model_tag(name, "a")
    client.delete_registered_model_tag(name, "a")
    read = client.get_registered_model(name)
    assert (read.description, read.tags, read.aliases, read.latest_versions) == ("second", {"b": "2"}, {}, [])
    client.rename_registered_model(name, f"{name}-b")
    assert client.get_registered_model(f"{name}-b").tags == {"b": "2"}
    with pytest.raises(MlflowException, match="not found"):
        client.get_registered_model(name)
    client.delete_registered_model(f"{name}-b")
    with pytest.raises(MlflowException, match="not found") as caught:
        client.get_registered_model(f"{name}-b")
    assert caught.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_versions_count_up_and_are_never_given_twice(client, registered, logged):
    first = client.get_model_version(registered, "1")
    assert (first.version, first.status, first.current_stage) in [("1", "READY", "None"), (1, "READY", "None")]
    assert (first.source, first.run_id) == (f"models:/{logged[0][1]}", logged[0][0])
    client.update_model_version(registered, "1", description="slow but sure")
    client.set_model_version_tag(registered, "1", "checked", "yes")
    client.delete_model_version_tag(registered, "1", "nothing")
    read = client.get_model_version(registered, "1")
    assert (read.description, read.tags) == ("slow but sure", {"checked": "yes"})
    client.delete_model_version(registered, "1")
    with pytest.raises(MlflowException, match="not found"):
        client.get_model_version(registered, "1")
    assert int(mlflow.register_model(f"models:/{logged[0][1]}", registered).version) == 3


def test_stages_move_and_archive(client, registered):
    client.transition_model_version_stage(registered, "1", "Production")
    client.transition_model_version_stage(registered, "2", "staging")
    assert client.get_model_version(registered, "2").current_stage == "Staging"
    client.transition_model_version_stage(registered, "2", "Production", archive_existing_versions=True)
    assert client.get_model_version(registered, "1").current_stage == "Archived"
    latest = client.get_latest_versions(registered, stages=["Production"])
    assert [int(one.version) for one in latest] == [2]
    assert {one.current_stage for one in client.get_latest_versions(registered)} == {"Production", "Archived"}
    with pytest.raises(MlflowException, match="Invalid Model Version stage"):
        client.transition_model_version_stage(registered, "1", "Bogus")


def test_aliases_move_and_go(client, registered):
    client.set_registered_model_alias(registered, "champion", "1")
    assert int(client.get_model_version_by_alias(registered, "champion").version) == 1
    client.set_registered_model_alias(registered, "champion", "2")
    client.set_registered_model_alias(registered, "best", "2")
    assert {key: int(value) for key, value in client.get_registered_model(registered).aliases.items()} == {"champion": 2, "best": 2}
    assert sorted(client.get_model_version(registered, "2").aliases) == ["best", "champion"]
    client.delete_registered_model_alias(registered, "best")
    client.delete_registered_model_alias(registered, "best")
    with pytest.raises(MlflowException, match="alias best not found"):
        client.get_model_version_by_alias(registered, "best")
    for name in ("latest", "v3", "no spaces", ""):
        with pytest.raises(MlflowException):
            client.set_registered_model_alias(registered, name, "1")
    client.delete_model_version(registered, "2")
    with pytest.raises(MlflowException):
        client.get_model_version_by_alias(registered, "champion")


def test_a_model_loads_by_every_form_of_its_uri(client, registered, logged):
    client.set_registered_model_alias(registered, "champion", "1")
    client.transition_model_version_stage(registered, "1", "Production")
    assert predicts(f"models:/{registered}/1") == 1
    assert predicts(f"models:/{registered}/2") == 2
    assert predicts(f"models:/{registered}/latest") == 2
    assert predicts(f"models:/{registered}/Production") == 1
    assert predicts(f"models:/{registered}@champion") == 1
    assert predicts(f"models:/{logged[1][1]}") == 2
    assert predicts(f"runs:/{logged[1][0]}/model") == 2
    uri = client.get_model_version_download_uri(registered, "2")
    assert uri.startswith("mlflow-artifacts:/") and predicts(uri) == 2


def test_a_model_registers_from_a_run_and_while_it_is_logged(client, unique, logged, experiment):
    name = unique("reg")
    version = mlflow.register_model(f"runs:/{logged[0][0]}/model", name, tags={"how": "run"})
    assert version.run_id == logged[0][0] and client.get_model_version(name, version.version).tags == {"how": "run"}
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(LinearRegression().fit(X, np.full(4, 3.0)), name="m", registered_model_name=name)
    assert int(info.registered_model_version) == 2
    assert predicts(f"models:/{name}/2") == 3
    tags = mlflow.get_logged_model(info.model_id).tags
    assert name in tags["mlflow.modelVersions"]
    assert run.info.run_id == client.get_model_version(name, "2").run_id


def test_a_version_is_copied_to_another_model(client, registered, unique):
    target = unique("copy")
    copy = client.copy_model_version(f"models:/{registered}/2", target)
    assert (copy.name, int(copy.version)) == (target, 1)
    assert copy.source == f"models:/{registered}/2"
    assert copy.run_id == client.get_model_version(registered, "2").run_id
    assert predicts(f"models:/{target}/1") == 2


def test_a_source_outside_what_the_request_names_is_refused(client, unique, logged):
    name = unique("reg")
    client.create_registered_model(name)
    for source in ("/etc", "file:///etc/passwd", "mlflow-artifacts:/0/../../etc", f"models:/{logged[0][1]}", "../up"):
        with pytest.raises(MlflowException, match="Invalid model version source") as caught:
            client._get_registry_client().store.create_model_version(name, source)
        assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


def test_registered_models_are_found_by_name_and_tag_page_by_page(client, unique):
    prefix = unique("find")
    for i in range(5):
        client.create_registered_model(f"{prefix}-{i}", tags={"parity": "odd" if i % 2 else "even"})

    def names(filter_string, **more):
        return [one.name[-1] for one in client.search_registered_models(filter_string, **more)]

    assert names(f"name LIKE '{prefix}%'") == ["0", "1", "2", "3", "4"]
    assert names(f"name ILIKE '{prefix.upper()}%' AND tags.parity = 'odd'") == ["1", "3"]
    assert names(f"name = '{prefix}-3'") == ["3"]
    assert names(f"name IN ('{prefix}-3', '{prefix}-1')") == ["1", "3"]
    assert names(f"name LIKE '{prefix}%'", order_by=["name DESC"]) == ["4", "3", "2", "1", "0"]
    seen, token = [], None
    while True:
        page = client.search_registered_models(f"name LIKE '{prefix}%'", max_results=2, page_token=token)
        seen += [one.name[-1] for one in page]
        token = page.token
        if not token:
            break
    assert seen == ["0", "1", "2", "3", "4"]


def test_versions_are_found_by_model_run_tag_and_number(client, registered, logged):
    client.set_model_version_tag(registered, "2", "good", "yes")

    def numbers(filter_string, **more):
        return [int(one.version) for one in client.search_model_versions(filter_string, **more)]

    assert numbers(f"name = '{registered}'", order_by=["version_number ASC"]) == [1, 2]
    assert numbers(f"name = '{registered}' AND run_id = '{logged[0][0]}'") == [1]
    assert numbers(f"name = '{registered}' AND tags.good = 'yes'") == [2]
    assert numbers(f"name = '{registered}' AND version_number > 1") == [2]
    assert registered in {one.name for one in mlflow.search_model_versions(filter_string=f"run_id IN ('{logged[0][0]}')")}


def test_latest_versions_come_with_the_model(client, registered):
    client.transition_model_version_stage(registered, "1", "Production")
    read = client.get_registered_model(registered)
    assert {(one.current_stage, int(one.version)) for one in read.latest_versions} == {("Production", 1), ("None", 2)}
    client.rename_registered_model(registered, f"{registered}-renamed")
    assert int(client.get_model_version(f"{registered}-renamed", "2").version) == 2
    assert predicts(f"models:/{registered}-renamed/Production") == 1
