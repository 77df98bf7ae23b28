package plugin

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	hplugin "github.com/hashicorp/go-plugin"
)

// TestProcess builds the binary and drives it over gRPC as Grafana does.
func TestProcess(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "gpx_helpdesk_transcripts")
	if out, err := exec.Command("go", "build", "-tags", "arrow_json_stdlib", "-o", binary, "..").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	client := hplugin.NewClient(&hplugin.ClientConfig{
		Cmd:              exec.Command(binary),
		HandshakeConfig:  hplugin.HandshakeConfig{ProtocolVersion: grpcplugin.ProtocolVersion, MagicCookieKey: grpcplugin.MagicCookieKey, MagicCookieValue: grpcplugin.MagicCookieValue},
		VersionedPlugins: map[int]hplugin.PluginSet{grpcplugin.ProtocolVersion: {"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{}, "data": &grpcplugin.DataGRPCPlugin{}, "resource": &grpcplugin.ResourceGRPCPlugin{}, "stream": &grpcplugin.StreamGRPCPlugin{}}},
		AllowedProtocols: []hplugin.Protocol{hplugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
	})
	t.Cleanup(client.Kill)
	rpc, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	dispense := func(name string) any {
		raw, err := rpc.Dispense(name)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	s := newStub(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	pc := &pluginv2.PluginContext{
		OrgId: 1, PluginId: ID, User: &pluginv2.User{Login: "somebody", Role: "Viewer"},
		DataSourceInstanceSettings: &pluginv2.DataSourceInstanceSettings{
			Uid: "uid", Name: "Transcripts", Url: s.URL, JsonData: []byte(`{"fullRole":"Editor"}`), DecryptedSecureJsonData: map[string]string{"token": "the-token"}, LastUpdatedMS: 1,
		},
	}
	health, err := dispense("diagnostics").(pluginv2.DiagnosticsClient).CheckHealth(ctx, &pluginv2.CheckHealthRequest{PluginContext: pc})
	if err != nil || health.Status != pluginv2.CheckHealthResponse_OK || !strings.Contains(health.Message, "1.2.3") {
		t.Fatalf("%v, %v", health, err)
	}
	answer, err := dispense("data").(pluginv2.DataClient).QueryData(ctx, &pluginv2.QueryDataRequest{PluginContext: pc, Queries: []*pluginv2.DataQuery{{
		RefId: "A", QueryType: "transcript", Json: []byte(`{"queryType":"transcript","version":1,"conversation":"0abc"}`), TimeRange: &pluginv2.TimeRange{FromEpochMS: 1, ToEpochMS: 2},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	frames, err := data.UnmarshalArrowFrames(answer.Responses["A"].Frames)
	if err != nil || len(frames) != 1 {
		t.Fatalf("%v, %v", frames, err)
	}
	if body, _ := frames[0].FieldByName("body"); body.Len() != 13 || body.At(3) != "— 4 min 12 s without a reply —" || strings.Contains(body.At(0).(string), "98765") {
		t.Errorf("%v", body.At(0))
	}
	resource, err := dispense("resource").(pluginv2.ResourceClient).CallResource(ctx, &pluginv2.CallResourceRequest{PluginContext: pc, Method: "GET", Path: "labels/team", Url: "labels/team"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := resource.Recv(); err != nil || got.Code != 200 || !strings.Contains(string(got.Body), "support") {
		t.Errorf("%v, %v", got, err)
	}
	stream := dispense("stream").(pluginv2.StreamClient)
	for path, want := range map[string]pluginv2.SubscribeStreamResponse_Status{
		"tail/masked/all": pluginv2.SubscribeStreamResponse_OK, "tail/full/all": pluginv2.SubscribeStreamResponse_PERMISSION_DENIED, "tail": pluginv2.SubscribeStreamResponse_NOT_FOUND,
	} {
		if got, err := stream.SubscribeStream(ctx, &pluginv2.SubscribeStreamRequest{PluginContext: pc, Path: path}); err != nil || got.Status != want {
			t.Errorf("%s: %v, %v", path, got, err)
		}
	}
	running, err := stream.RunStream(ctx, &pluginv2.RunStreamRequest{PluginContext: pc, Path: "tail/masked/all"})
	if err != nil {
		t.Fatal(err)
	}
	s.lines <- lines(true)[0]
	for i, want := range []string{"— 4 events", "Customer: meu telefone é [phone]"} {
		packet, err := running.Recv()
		if err != nil {
			t.Fatal(err)
		}
		var f data.Frame
		if err := json.Unmarshal(packet.Data, &f); err != nil {
			t.Fatal(err)
		}
		if body, _ := f.FieldByName("body"); body == nil || !strings.HasPrefix(body.At(0).(string), want) {
			t.Errorf("frame %d: %s", i, packet.Data)
		}
	}
}
