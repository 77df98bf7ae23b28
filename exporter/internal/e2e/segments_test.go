package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSegments: a list of customers is a label, in the server as in a recount,
// and a reload switches it off and on.
func TestSegments(t *testing.T) {
	o := newSetup(t, "")
	list := writeFile(t, filepath.Join(filepath.Dir(o.config), "segments.csv"), "contact;segment\n+55 11 90000-0001;VIP\n+55 11 90000-0003;gold\n")
	config := `
sources:
  - name: shop
    provider: events
    secret: ` + bearerSecret + `
segments:
  names: [vip, new]
  file: ` + list + `
  values: {lead: new}
  label: true
`
	writeFile(t, o.config, config)
	if r := command(t, nil, "check-config", o.config); r.code != 0 || !strings.Contains(r.stdout, `line 3: the segment "gold" is none of segments.names`) {
		t.Errorf("check-config: exit %d\n%s", r.code, r.stdout)
	}
	s := start(t, o)
	now := time.Now().Add(-time.Minute).UTC()
	at := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }
	s.mustShop(`{"id":"1","time":"` + at(0) + `","kind":"message.received","inbox":"main","contact":"5511900000001"}
{"id":"2","time":"` + at(0) + `","kind":"message.received","inbox":"main","contact":"5511900000002","segment":"Lead"}
{"id":"3","time":"` + at(0) + `","kind":"message.received","inbox":"main","contact":"5511900000003"}
{"id":"4","time":"` + at(20*time.Second) + `","kind":"message.sent","actor":"human","inbox":"main","contact":"5511900000001"}
{"id":"5","time":"` + at(30*time.Second) + `","kind":"message.sent","actor":"human","inbox":"main","contact":"5511900000002"}
{"id":"6","time":"` + at(40*time.Second) + `","kind":"message.sent","actor":"human","inbox":"main","contact":"5511900000003"}
`)
	f := s.mustScrape()
	const first = "helpdesk_first_response_seconds"
	if f.sum(first, "segment", "vip") != 1 || f.sum(first, "segment", "new") != 1 || f.sum(first) != 3 {
		t.Errorf("%v of VIPs, %v of new ones, %v of all", f.sum(first, "segment", "vip"), f.sum(first, "segment", "new"), f.sum(first))
	}
	if f.sum("helpdesk_segment_contacts") != 1 || f.sum("helpdesk_segment_file_refused_lines") != 1 {
		t.Errorf("%v contacts, %v lines refused", f.sum("helpdesk_segment_contacts"), f.sum("helpdesk_segment_file_refused_lines"))
	}
	for _, m := range f["helpdesk_response_seconds"].GetMetric() {
		for _, l := range m.Label {
			if l.GetName() == "segment" {
				t.Error("a family without segments has the label")
			}
		}
	}
	writeFile(t, o.config, strings.Replace(config, "label: true", "label: false", 1))
	if a, err := request("POST", "http://"+s.web+"/-/reload", nil); err != nil || a.status != 200 {
		t.Fatalf("reload: %d %v", a.status, err)
	}
	s.mustShop(`{"id":"7","time":"` + at(50*time.Second) + `","kind":"message.received","inbox":"main","contact":"5511900000004"}
{"id":"8","time":"` + at(50*time.Second) + `","kind":"message.sent","actor":"human","inbox":"main","contact":"5511900000004"}
`)
	if f := s.mustScrape(); f.sum(first) != 4 || f.sum(first, "segment", "vip") != 1 {
		t.Errorf("after the label was switched off %v of all, %v of VIPs", f.sum(first), f.sum(first, "segment", "vip"))
	}
	want := s.mustScrape().journal().dump(everything)
	s.terminate()
	same(t, "a replay of the journal", replay(t, nil, "--journal.dir", o.journal).dump(everything), want)
}
