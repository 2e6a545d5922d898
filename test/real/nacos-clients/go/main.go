// It stands for a backend in Go that uses Nacos by its SDK: does what the lines on standard input say, one JSON
// object each, and answers and tells on standard output likewise.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/nacos-group/nacos-sdk-go/v2/clients"
	"github.com/nacos-group/nacos-sdk-go/v2/clients/config_client"
	"github.com/nacos-group/nacos-sdk-go/v2/clients/naming_client"
	"github.com/nacos-group/nacos-sdk-go/v2/common/constant"
	"github.com/nacos-group/nacos-sdk-go/v2/model"
	"github.com/nacos-group/nacos-sdk-go/v2/vo"
)

type command struct {
	Do      string  `json:"do"`
	DataID  string  `json:"dataId"`
	Group   string  `json:"group"`
	Content string  `json:"content"`
	Service string  `json:"service"`
	IP      string  `json:"ip"`
	Port    uint64  `json:"port"`
	Weight  float64 `json:"weight"`
}

type instance struct {
	IP      string  `json:"ip"`
	Port    uint64  `json:"port"`
	Weight  float64 `json:"weight"`
	Healthy bool    `json:"healthy"`
}

var output sync.Mutex

func say(message map[string]any) {
	output.Lock()
	defer output.Unlock()
	line, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func main() {
	// <host> <port> <namespace> <folder> [<user> <password>]
	args := os.Args[1:]
	port, err := strconv.ParseUint(args[1], 10, 16)
	if err != nil {
		panic(err)
	}
	options := []constant.ClientOption{
		constant.WithNamespaceId(args[2]),
		constant.WithNotLoadCacheAtStart(true),
		constant.WithCacheDir(args[3]),
		constant.WithLogDir(args[3]),
		constant.WithTimeoutMs(5000),
	}
	if len(args) > 5 {
		options = append(options, constant.WithUsername(args[4]), constant.WithPassword(args[5]))
	}
	param := vo.NacosClientParam{
		ClientConfig:  constant.NewClientConfig(options...),
		ServerConfigs: []constant.ServerConfig{*constant.NewServerConfig(args[0], port)},
	}
	configs, err := clients.NewConfigClient(param)
	if err != nil {
		panic(err)
	}
	naming, err := clients.NewNamingClient(param)
	if err != nil {
		panic(err)
	}
	say(map[string]any{"event": "ready"})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked command
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		value, err := do(asked, configs, naming)
		if err != nil {
			say(map[string]any{"done": asked.Do, "error": err.Error()})
		} else {
			say(map[string]any{"done": asked.Do, "value": value})
		}
	}
}

func do(c command, configs config_client.IConfigClient, naming naming_client.INamingClient) (any, error) {
	config := vo.ConfigParam{DataId: c.DataID, Group: c.Group, Content: c.Content}
	switch c.Do {
	case "publish":
		return configs.PublishConfig(config)
	case "get":
		return configs.GetConfig(config)
	case "listen":
		config.OnChange = func(_, _, _, content string) {
			say(map[string]any{"event": "config", "value": content})
		}
		return true, configs.ListenConfig(config)
	case "register":
		return naming.RegisterInstance(vo.RegisterInstanceParam{
			ServiceName: c.Service, GroupName: c.Group, Ip: c.IP, Port: c.Port, Weight: c.Weight,
			Enable: true, Healthy: true, Ephemeral: true, Metadata: map[string]string{"lang": "go"},
		})
	case "deregister":
		return naming.DeregisterInstance(vo.DeregisterInstanceParam{
			ServiceName: c.Service, GroupName: c.Group, Ip: c.IP, Port: c.Port, Ephemeral: true,
		})
	case "list":
		found, err := naming.SelectAllInstances(vo.SelectAllInstancesParam{ServiceName: c.Service, GroupName: c.Group})
		return describe(found), err
	case "subscribe":
		return true, naming.Subscribe(&vo.SubscribeParam{
			ServiceName: c.Service, GroupName: c.Group,
			SubscribeCallback: func(found []model.Instance, err error) {
				say(map[string]any{"event": "instances", "value": describe(found)})
			},
		})
	}
	return nil, fmt.Errorf("%s: expected a known command", c.Do)
}

func describe(found []model.Instance) []instance {
	described := []instance{}
	for _, one := range found {
		described = append(described, instance{one.Ip, one.Port, one.Weight, one.Healthy})
	}
	return described
}
