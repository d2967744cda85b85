"""Runs moto's server and takes orders as JSON lines on stdin, one answer line each; ends when stdin does.

Orders bypass HTTP, so that seeding is quick and needs no credentials while signatures are being checked.
They use moto's internals: the version is pinned in requirements.txt.
"""
import json
import os
import sys

from moto import settings
from moto.backends import get_backend
from moto.moto_api._internal import moto_api_backend
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
TRUST = '{"Version":"2012-10-17","Statement":[]}'


def secrets_of(region):
    return get_backend("secretsmanager")[ACCOUNT][region]


def seed(order):
    for one in order["secrets"]:
        secrets_of(order["region"]).create_secret(
            one["name"], one.get("string"), one.get("binary"), None,
            one.get("tags"), None, one["token"], [], False,
        )


def user(order):
    iam = get_backend("iam")[ACCOUNT]["aws"]
    iam.create_user("us-east-1", order["name"])
    iam.put_user_policy(order["name"], "policy", json.dumps(order["policy"]))
    key = iam.create_access_key(order["name"])
    return {"accessKeyId": key.access_key_id, "secretAccessKey": key.secret_access_key}


def session(order):
    iam = get_backend("iam")[ACCOUNT]["aws"]
    role = iam.create_role(order["name"], TRUST, "/", None, "", [], None)
    iam.put_role_policy(order["name"], "policy", json.dumps(order["policy"]))
    made = get_backend("sts")[ACCOUNT]["aws"].assume_role("us-east-1", "tests", role.arn, None, 3600, None)
    return {
        "accessKeyId": made.access_key_id,
        "secretAccessKey": made.secret_access_key,
        "sessionToken": made.session_token,
    }


def auth(order):
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0 if order["on"] else float("inf")


def reset(_order):
    moto_api_backend.reset()


def main():
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(json.dumps({"port": server.get_host_and_port()[1]}), flush=True)
    orders = {"seed": seed, "user": user, "session": session, "auth": auth, "reset": reset}
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = orders[order["op"]](order) or {}
        except Exception as error:  # told to the caller, who decides
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    os._exit(0)


main()
