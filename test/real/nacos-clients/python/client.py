"""It stands for a program in Python that uses Nacos by its SDK: does what the lines on standard input say, one JSON
object each, and answers and tells on standard output likewise.

usage: client.py <host> <port> <namespace> <folder> [<user> <password>]
"""

import asyncio
import json
import sys

from v2.nacos import (
    ClientConfigBuilder,
    ConfigParam,
    DeregisterInstanceParam,
    ListInstanceParam,
    NacosConfigService,
    NacosNamingService,
    RegisterInstanceParam,
    SubscribeServiceParam,
)


def say(**message):
    print(json.dumps(message), flush=True)


def describe(instances):
    return [{"ip": one.ip, "port": one.port, "weight": one.weight, "healthy": one.healthy} for one in instances]


async def tell_config(_tenant, _data_id, _group, content):
    say(event="config", value=content)


async def tell_instances(instances):
    say(event="instances", value=describe(instances))


async def do(asked, configs, naming):
    config = {"data_id": asked.get("dataId", ""), "group": asked["group"]}
    service = {"service_name": asked.get("service", ""), "group_name": asked["group"]}
    address = {"ip": asked.get("ip", ""), "port": asked.get("port", 0)}
    match asked["do"]:
        case "publish":
            return await configs.publish_config(ConfigParam(**config, content=asked["content"]))
        case "get":
            return await configs.get_config(ConfigParam(**config))
        case "listen":
            await configs.add_listener(asked["dataId"], asked["group"], tell_config)
            return True
        case "register":
            instance = RegisterInstanceParam(**service, **address, weight=asked["weight"], metadata={"lang": "python"})
            return await naming.register_instance(instance)
        case "deregister":
            return await naming.deregister_instance(DeregisterInstanceParam(**service, **address))
        case "list":
            asked_list = ListInstanceParam(**service, subscribe=False, healthy_only=None)
            return describe(await naming.list_instances(asked_list))
        case "subscribe":
            await naming.subscribe(SubscribeServiceParam(**service, subscribe_callback=tell_instances))
            return True
        case other:
            raise ValueError(f"{other}: expected a known command")


async def main():
    host, port, namespace, folder, *user = sys.argv[1:]
    builder = ClientConfigBuilder().server_address(f"{host}:{port}").namespace_id(namespace)
    builder = builder.log_dir(folder).cache_dir(folder)
    if user:
        builder = builder.username(user[0]).password(user[1])
    client_config = builder.build()
    configs = await NacosConfigService.create_config_service(client_config)
    naming = await NacosNamingService.create_naming_service(client_config)
    say(event="ready")
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        try:
            say(done=asked["do"], value=await do(asked, configs, naming))
        except Exception as error:  # whatever the SDK raises is told
            say(done=asked["do"], error=str(error))


asyncio.run(main())
