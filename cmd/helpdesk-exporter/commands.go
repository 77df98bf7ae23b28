package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter"
)

type cli struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Serve       serveCmd       `cmd:"" default:"withargs" help:"Run the exporter (default)."`
	CheckConfig checkConfigCmd `cmd:"" help:"Say everything that is wrong in configuration files."`
	Demo        demoCmd        `cmd:"" help:"Run the exporter on a simulated day and show it."`
	Simulate    simulateCmd    `cmd:"" help:"Send a believable helpdesk day as signed webhooks, or write it to a file."`
	Replay      replayCmd      `cmd:"" help:"Recount events or a stopped exporter's journal and print the exposition."`
	Classify    classifyCmd    `cmd:"" help:"Tell language, sentiment and request type of texts, or how well labelled ones are understood."`
	Explain     explainCmd     `cmd:"" help:"Tell how a conversation went and how each of its figures came about."`
	Rejected    rejectedCmd    `cmd:"" help:"Show the webhooks that could not be read, masked."`
	Erase       eraseCmd       `cmd:"" help:"Make what a contact wrote unreadable for good; figures stay."`
	RotateKey   rotateKeyCmd   `cmd:"" help:"Give the key file a new seed and wrap all keys with it, while no exporter runs."`
	Backup      backupCmd      `cmd:"" help:"Write journal, keys and snapshots to a file."`
	Restore     restoreCmd     `cmd:"" help:"Make a journal directory from a backup."`
	Journal     journalCmd     `cmd:"" help:"Look after the journal."`
}

// journalDir is how the operator's commands find the journal.
type journalDir struct {
	Dir string `name:"journal.dir" help:"Directory of the journal." default:"data" type:"path"`
}

type serveCmd struct {
	Config struct {
		File string `help:"Configuration file." default:"helpdesk-exporter.yml" type:"path"`
	} `embed:"" prefix:"config."`
	Web struct {
		ListenAddress string `help:"Address for metrics, pages and the API." default:":9841"`
		ConfigFile    string `name:"config.file" help:"File with TLS and basic authentication for it (exporter-toolkit)." type:"path" default:""`
	} `embed:"" prefix:"web."`
	Webhook struct {
		ListenAddress string  `help:"Address for the providers' webhooks." default:":9842"`
		TLSCertFile   string  `name:"tls-cert-file" help:"Certificate, where no proxy in front does TLS." type:"path" default:""`
		MaxRate       float64 `help:"Requests a second that one source may send; more are answered 429. 0 is no bound." default:"5000"`
		TLSKeyFile    string  `name:"tls-key-file" help:"Key of the certificate." type:"path" default:""`
	} `embed:"" prefix:"webhook."`
	Journal struct {
		Dir              string        `help:"Directory of the journal, the snapshots and the keys." default:"data" type:"path"`
		MaxBytes         int64         `help:"Size at which the journal refuses webhooks; old records are trimmed from nine tenths of it on." default:"10737418240"`
		Retention        time.Duration `help:"How long records are kept." default:"720h"`
		SnapshotInterval time.Duration `help:"Time between snapshots of the folded state." default:"5m"`
	} `embed:"" prefix:"journal."`
	Log       logFlags `embed:"" prefix:"log."`
	DemoClock string   `name:"demo.clock" hidden:"" help:"Let the clock stand at this time; the demo moves it."`
}

func (c *serveCmd) Run(ctx context.Context, s *streams) error {
	opts := c.options(s)
	if c.DemoClock != "" {
		at, err := time.Parse(time.RFC3339Nano, c.DemoClock)
		if err != nil {
			return fmt.Errorf("--demo.clock: %w", err)
		}
		opts = exporter.WithDemoClock(opts, at)
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	return exporter.Serve(ctx, opts, reload)
}

type checkConfigCmd struct {
	Files []string `arg:"" help:"Configuration files." type:"path"`
}

func (c *checkConfigCmd) Run(s *streams) error {
	return exporter.CheckConfig(c.Files, s.out)
}

type demoCmd struct {
	WebListenAddress     string  `name:"web.listen-address" help:"Address of the wall and the metrics." default:"127.0.0.1:9841"`
	WebhookListenAddress string  `name:"webhook.listen-address" help:"Address of the webhooks." default:"127.0.0.1:9842"`
	Seconds              int     `help:"End by itself so many seconds after the day is over; -1 stays until Ctrl-C." default:"-1" env:"DEMO_SECONDS"`
	Kills                int     `help:"Kill the exporter (-9) so many times during the day, then recount everything and end." default:"0"`
	Helpdesk             bool    `help:"Simulate a helpdesk that reports everything, agents and what they write too, instead of the plain WhatsApp Cloud API."`
	Seed                 uint64  `help:"Another seed is another day." default:"1"`
	Rate                 float64 `help:"Multiplies the conversations of the day." default:"1"`
}

func (c *demoCmd) Run(ctx context.Context, s *streams) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return exporter.Demo(ctx, exporter.DemoOptions{
		Program: program, WebAddress: c.WebListenAddress, WebhookAddress: c.WebhookListenAddress,
		Seconds: c.Seconds, Kills: c.Kills, Helpdesk: c.Helpdesk, Seed: c.Seed, Rate: c.Rate, Out: s.out, Err: s.err,
	})
}

type simulateCmd struct {
	URL        string        `help:"Webhook of a source: http://host:9842/webhooks/<source>."`
	Provider   string        `help:"Dialect: a provider's name." default:"meta"`
	ConfigFile string        `name:"config.file" help:"Take provider, secrets and keys from --source of this configuration instead." type:"path" xor:"secret"`
	Source     string        `help:"Source of --config.file whose vendor is played."`
	APIAddress string        `name:"api.listen-address" help:"Where the simulated vendor's API listens, for vendors that the exporter asks for more (hubspot)."`
	Secret     string        `help:"Secret of the source; --secret-file keeps it out of the process list." xor:"secret"`
	SecretFile string        `help:"File with the secret." type:"path" xor:"secret"`
	Inbox      []string      `help:"Inbox that customers write to; repeat it."`
	Rate       float64       `help:"Multiplies the conversations of a day." default:"1"`
	Speed      float64       `help:"Shortens the gaps: 60 sends an hour in a minute." default:"1"`
	Seed       uint64        `help:"Another seed is another day." default:"1"`
	Duration   time.Duration `help:"Simulated time, 0 without end (24h with --out)." default:"0"`
	Start      string        `help:"Beginning of the simulated time, RFC 3339 (now)."`
	Out        string        `help:"Write canonical events to this file instead, - for standard output."`

	Past       time.Duration `help:"Before anything else, let an exporter on --journal.dir live through so much time before now, in quick time; then end. Needs --config.file." placeholder:"336h"`
	JournalDir string        `name:"journal.dir" help:"Journal of --past; one that is there already is left alone." type:"path"`
	Continue   string        `help:"Go on in real time where --past ended: its file simulation.json in the journal's directory." type:"path" placeholder:"FILE"`
}

func (c *simulateCmd) Run(ctx context.Context, s *streams) error {
	var start time.Time
	if c.Start != "" {
		var err error
		if start, err = time.Parse(time.RFC3339, c.Start); err != nil {
			return fmt.Errorf("--start: %w", err)
		}
	}
	return exporter.Simulate(ctx, exporter.SimulateOptions{
		Past: c.Past, JournalDir: c.JournalDir, Continue: c.Continue,
		URL: c.URL, Provider: c.Provider, Secret: c.Secret, SecretFile: c.SecretFile, ConfigFile: c.ConfigFile, Source: c.Source, APIAddress: c.APIAddress, Inboxes: c.Inbox, Rate: c.Rate, Speed: c.Speed,
		Seed: c.Seed, Duration: c.Duration, OutFile: c.Out, Start: start, Out: s.out, Err: s.err,
	})
}

type replayCmd struct {
	ConfigFile string `name:"config.file" help:"Configuration; the defaults without." type:"path"`
	At         string `help:"Let time run to this moment, RFC 3339; the last receive time without."`
	Format     string `help:"text, or protobuf with native histograms, exemplars and created times." enum:"text,protobuf" default:"text"`
	JournalDir string `name:"journal.dir" help:"Recount a stopped exporter's journal." type:"path"`

	OpenMetrics      string        `name:"openmetrics" help:"Write the metrics of the whole time into this directory instead, in files for promtool tsdb create-blocks-from openmetrics." type:"path" placeholder:"DIR"`
	Step             time.Duration `help:"Time between two samples of --openmetrics." default:"1m"`
	CoarseStep       time.Duration `help:"Time between two samples of --openmetrics that are older than a day; Prometheus shows a sample for 5 minutes, so longer ones leave gaps. 0 is --step." default:"0"`
	MaxBlockDuration time.Duration `help:"What promtool will be told as --max-block-duration; each file holds one such block." default:"24h"`
	Job              string        `help:"Label job of the samples, as Prometheus' scrape would set it." default:"helpdesk-exporter"`
	Instance         string        `help:"Label instance of the samples, the address that Prometheus scrapes." default:""`

	Files []string `arg:"" optional:"" help:"Files of canonical events (NDJSON), - for standard input."`
}

func (c *replayCmd) Run(ctx context.Context, s *streams) error {
	o := exporter.ReplayOptions{
		ConfigFile: c.ConfigFile, Files: c.Files, JournalDir: c.JournalDir, Protobuf: c.Format == "protobuf",
		History: exporter.HistoryOptions{
			Dir: c.OpenMetrics, Step: c.Step, CoarseStep: c.CoarseStep, MaxBlockDuration: c.MaxBlockDuration, Job: c.Job, Instance: c.Instance,
		},
		Stdin: s.in, Out: s.out, Err: s.err,
	}
	if c.At != "" {
		at, err := time.Parse(time.RFC3339Nano, c.At)
		if err != nil {
			return fmt.Errorf("--at: %w", err)
		}
		o.At = at
	}
	return exporter.Replay(ctx, o)
}

type classifyCmd struct {
	ConfigFile string `name:"config.file" help:"Configuration with request types and sentiment; the defaults without." type:"path"`
	Language   string `help:"Language of messages that show none: pt, es or en." enum:",pt,es,en" default:""`
	LabelFile  string `help:"File of label<TAB>text, - for standard input: print confusion matrix, accuracy and macro-F1 instead. Labels are languages, sentiments or request types." type:"path"`
}

func (c *classifyCmd) Run(ctx context.Context, s *streams) error {
	return exporter.Classify(ctx, exporter.ClassifyOptions{
		ConfigFile: c.ConfigFile, Language: c.Language, LabelFile: c.LabelFile, Stdin: s.in, Out: s.out,
	})
}

type explainCmd struct {
	journalDir
	List       bool     `help:"List the last 1000 conversations that opened, newest last, instead."`
	JSON       bool     `name:"json" help:"Write JSON."`
	At         string   `help:"Let time run to this moment, RFC 3339; the last receive time without."`
	ConfigFile string   `name:"config.file" help:"Configuration by which files of events are counted; the defaults without." type:"path"`
	Args       []string `arg:"" optional:"" name:"id-and-files" help:"The conversation's id, as the label conversation and the exemplars show it, or at least its first 6 characters; then files of canonical events (NDJSON), - for standard input, in place of the journal. Their ids are the exporter's only where --config.file names its privacy.key_file. With --list there is no id."`
}

func (c *explainCmd) Run(ctx context.Context, s *streams) error {
	o := exporter.ExplainOptions{List: c.List, JSON: c.JSON, ConfigFile: c.ConfigFile, Files: c.Args, Stdin: s.in, Out: s.out}
	if !c.List && len(c.Args) > 0 {
		o.ID, o.Files = c.Args[0], c.Args[1:]
	}
	if len(o.Files) == 0 {
		o.JournalDir = c.Dir
	}
	if c.At != "" {
		at, err := time.Parse(time.RFC3339Nano, c.At)
		if err != nil {
			return fmt.Errorf("--at: %w", err)
		}
		o.At = at
	}
	return exporter.Explain(ctx, o)
}

type rejectedCmd struct {
	journalDir
	ConfigFile string `name:"config.file" help:"Configuration that names the key file, where it is not in the journal's directory." type:"path"`
}

func (c *rejectedCmd) Run(ctx context.Context, s *streams) error {
	return exporter.Rejected(ctx, c.Dir, c.ConfigFile, s.out)
}

type eraseCmd struct {
	journalDir
	ConfigFile string `name:"config.file" help:"Configuration that names the key file, where it is not in the journal's directory and no exporter runs." type:"path"`
	Source     string `help:"Source that the contact wrote to; the phone or id is read from standard input, so that it stands in no list of processes."`
	Hash       string `arg:"" optional:"" help:"The contact's keyed hash, as the API has it, instead."`
}

func (c *eraseCmd) Run(ctx context.Context, s *streams) error {
	return exporter.Erase(ctx, exporter.EraseOptions{JournalDir: c.Dir, ConfigFile: c.ConfigFile, Hash: c.Hash, Source: c.Source, Stdin: s.in, Out: s.out})
}

type rotateKeyCmd struct {
	journalDir
	ConfigFile string        `name:"config.file" help:"Configuration that names the key file, where it is not in the journal's directory." type:"path"`
	Retire     time.Duration `help:"Take seeds out of the file that were replaced so long ago." default:"192h"`
}

func (c *rotateKeyCmd) Run(ctx context.Context, s *streams) error {
	return exporter.RotateKey(ctx, exporter.RotateOptions{JournalDir: c.Dir, ConfigFile: c.ConfigFile, Retire: c.Retire, Out: s.out})
}

type backupCmd struct {
	journalDir
	File string `arg:"" help:"File to write; it must not exist." type:"path"`
}

func (c *backupCmd) Run(ctx context.Context, s *streams) error {
	return exporter.Backup(ctx, c.Dir, c.File, s.out)
}

type restoreCmd struct {
	journalDir
	File string `arg:"" help:"Backup." type:"path"`
}

func (c *restoreCmd) Run(ctx context.Context, s *streams) error {
	return exporter.Restore(ctx, c.Dir, c.File, s.out)
}

type journalCmd struct {
	Verify verifyCmd `cmd:"" help:"Read every record, key and snapshot and say what is wrong."`
}

type verifyCmd struct{ journalDir }

func (c *verifyCmd) Run(ctx context.Context, s *streams) error {
	err := exporter.VerifyJournal(ctx, c.Dir, s.out)
	if errors.Is(err, exporter.ErrJournal) {
		return fmt.Errorf("%w: %w", errSaid, err)
	}
	return err
}
