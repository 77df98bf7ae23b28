package threads

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// A contact who writes by two inboxes has two channels: an event that names its
// inbox, or its conversation, is not on the channel of the other one.
func TestChannelGoesWithItsInbox(t *testing.T) {
	known := New().Source("desk")
	message := func(inbox, channel string) {
		known.Complete([]event.Event{{Kind: event.MessageReceived, Contact: "c", Inbox: inbox, Channel: channel}}, nil, "")
	}
	complete := func(e event.Event) event.Event {
		events := []event.Event{e}
		known.Complete(events, nil, "")
		return events[0]
	}
	known.Complete(nil, []provider.Thread{{Conversation: "c:1", Contact: "c", Inbox: "12"}}, "")
	message("12", provider.WhatsApp)
	message("33", "instagram")
	for _, tc := range []struct {
		name           string
		e              event.Event
		inbox, channel string
	}{
		{"nothing named", event.Event{Kind: event.ConversationAssigned, Contact: "c"}, "33", "instagram"},
		{"conversation", event.Event{Kind: event.ConversationResolved, Contact: "c", Conversation: "c:1"}, "12", provider.WhatsApp},
		{"inbox", event.Event{Kind: event.MessageSent, Contact: "c", Inbox: "12"}, "12", provider.WhatsApp},
		{"an inbox that is not known", event.Event{Kind: event.MessageSent, Contact: "d", Inbox: "44"}, "44", ""},
	} {
		if got := complete(tc.e); got.Inbox != tc.inbox || got.Channel != tc.channel {
			t.Errorf("%s: inbox %q, channel %q; want %q, %q", tc.name, got.Inbox, got.Channel, tc.inbox, tc.channel)
		}
	}
	// What the contact's last event named is known even without a channel.
	message("12", "")
	if got := complete(event.Event{Kind: event.ConversationAssigned, Contact: "c"}); got.Inbox != "12" || got.Channel != provider.WhatsApp {
		t.Errorf("inbox %q, channel %q", got.Inbox, got.Channel)
	}
}
