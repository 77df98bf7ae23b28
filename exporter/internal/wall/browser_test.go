package wall

import (
	"context"
	"fmt"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
)

// browserTimeout bounds one run of the browser.
const browserTimeout = time.Minute

// browser runs headless Chromium and returns what it prints. Where it is not
// installed the test is skipped.
func browser(t *testing.T, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the page is not looked at in a browser")
	}
	ctx, cancel := context.WithTimeout(context.Background(), browserTimeout)
	defer cancel()
	profile, err := os.MkdirTemp("", "wall-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	// Not t.TempDir: helpers of the browser may still write while they end.
	defer os.RemoveAll(profile)
	cmd := exec.CommandContext(ctx, path, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--no-first-run", "--user-data-dir=" + profile,
	}, args...)...)
	cmd.WaitDelay = 5 * time.Second
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, stderr.String())
	}
	return string(out)
}

// framed serves the wall and, at /frame, a page that shows it in a frame of
// ?w by ?h pixels: the browser makes no window as narrow as a phone. Once
// loaded it writes down how wide the wall became and what it says.
func framed(t *testing.T, wall http.Handler) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/frame", func(w http.ResponseWriter, r *http.Request) {
		size := r.URL.Query()
		fmt.Fprintf(w, `<!doctype html><style>body{margin:0}iframe{border:0;width:%spx;height:%spx}</style>
<iframe src="/?%s"></iframe><p></p>
<script>onload = function () {
  var d = document.querySelector("iframe").contentDocument, p = document.querySelector("p");
  p.setAttribute("data-width", d.documentElement.scrollWidth);
  p.setAttribute("data-height", d.documentElement.scrollHeight);
  p.textContent = d.body.innerText;
}</script>`, size.Get("w"), size.Get("h"), size.Get("query"))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		wall.ServeHTTP(framable{w}, r)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

// framable loosens the one rule that keeps the wall out of frames.
type framable struct{ http.ResponseWriter }

func (f framable) WriteHeader(status int) {
	h := f.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "frame-ancestors 'none'", "frame-ancestors 'self'", 1))
	f.ResponseWriter.WriteHeader(status)
}

// TestLayout: nothing is wider than a small phone, nor higher than the screen
// on the wall, and the numbers are there.
func TestLayout(t *testing.T) {
	long := strings.Repeat("verylonginboxname", 4)
	for _, tt := range []struct {
		name          string
		src           Source
		width, height int
		query         string
		want          []string
	}{
		{"phone", day(t), 360, 800, "lang=en", []string{"Waiting now", "What the numbers mean", "First response"}},
		{"phone, long labels", day(t, long, long+"2"), 360, 800, "lang=pt", []string{"Esperando agora", long, "Por que este número"}},
		{"wall", day(t), 1920, 1080, "lang=pt%26tz=America/Sao_Paulo", []string{"Esperando agora", "Últimas 24 horas", "Por que este número"}},
		{"wall in Spanish", morning(t), 1920, 1080, "lang=es", []string{"Esperando ahora", "3 min 30 s", "25,0%", "4 min 12 s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := framed(t, New(tt.src, Options{Demo: true}))
			dom := browser(t, "--dump-dom", fmt.Sprintf("%s/frame?w=%d&h=%d&query=%s", url, tt.width, tt.height, tt.query))
			m := regexp.MustCompile(`data-width="(\d+)" data-height="(\d+)"`).FindStringSubmatch(dom)
			if m == nil {
				t.Fatalf("the frame was not measured:\n%s", dom)
			}
			width, _ := strconv.Atoi(m[1])
			height, _ := strconv.Atoi(m[2])
			if width != tt.width {
				t.Errorf("%d pixels wide in a frame of %d", width, tt.width)
			}
			if tt.width > 1000 && height > tt.height {
				t.Errorf("%d pixels high on a screen of %d", height, tt.height)
			}
			text := strings.NewReplacer("&nbsp;", " ", nbsp, " ", "<br>", "\n").Replace(dom)
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not say %q:\n%s", want, text)
				}
			}
		})
	}
}

// TestScreenshots looks at the page as it is drawn, with the policy in force.
// SCREENSHOTS=DIR keeps the pictures, which people should look at too.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	shop := day(t)
	wall := New(shop, Options{Demo: true})
	get(wall, "/")
	shop.pass(time.Unix(0, shop.state.Received()).Add(refreshSeconds * time.Second))
	replaying := newHelpdesk(t)
	replaying.err = tracker.ErrNotReady
	const dark = "--blink-settings=preferredColorScheme=0"
	lightGround, darkGround := color.RGBA{0xf1, 0xf4, 0xf6, 0xff}, color.RGBA{0x0c, 0x13, 0x18, 0xff}
	for _, tt := range []struct {
		name          string
		wall          http.Handler
		width, height int
		query, flag   string
		// ground is the page's own colour, which only its style sheet gives.
		ground color.RGBA
		// covered is the least share of the picture that is not ground.
		covered float64
	}{
		{"wall-light", wall, 1920, 1080, "lang=en", "--mute-audio", lightGround, 0.5},
		{"wall-dark", wall, 1920, 1080, "lang=pt%26tz=America/Sao_Paulo", dark, darkGround, 0.5},
		{"phone-light", wall, 360, 800, "lang=en", "--mute-audio", lightGround, 0.5},
		{"phone-dark", wall, 360, 800, "lang=pt", dark, darkGround, 0.5},
		{"replaying", New(replaying, Options{}), 1920, 1080, "lang=en", "--mute-audio", lightGround, 0.1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(dir, tt.name+".png")
			url := framed(t, tt.wall)
			browser(t, tt.flag, "--screenshot="+file, fmt.Sprintf("--window-size=%d,%d", max(tt.width, 600), tt.height),
				fmt.Sprintf("%s/frame?w=%d&h=%d&query=%s", url, tt.width, tt.height, tt.query))
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			img, err := png.Decode(f)
			if err != nil {
				t.Fatal(err)
			}
			colours, all, ground := map[color.RGBA]bool{}, 0, 0
			for y := 0; y < tt.height; y += 2 {
				for x := 0; x < tt.width; x += 2 {
					c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
					colours[c] = true
					all++
					if c == tt.ground {
						ground++
					}
				}
			}
			if len(colours) < 30 || ground == 0 {
				t.Errorf("%d colours, %d of %d points in the page's ground: the style is missing", len(colours), ground, all)
			}
			if covered := 1 - float64(ground)/float64(all); covered < tt.covered {
				t.Errorf("only %.0f%% of the picture is covered", covered*100)
			}
		})
	}
}

// TestRefresh: an open page shows new numbers by itself, and says so when it
// cannot.
func TestRefresh(t *testing.T) {
	h := morning(t)
	page := New(h, Options{Demo: true})
	serve := func(second func(w http.ResponseWriter, r *http.Request)) string {
		var asked atomic.Int32
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) == 1 {
				page.ServeHTTP(w, r)
				return
			}
			second(w, r)
		}))
		t.Cleanup(srv.Close)
		// The browser's time runs ahead to the first refresh and no further.
		return browser(t, "--virtual-time-budget=7000", "--dump-dom", srv.URL+"/?lang=en")
	}
	lost := regexp.MustCompile(`<p id="lost"[^>]*hidden`)

	dom := serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		http.Error(w, "bad gateway", http.StatusBadGateway)
	})
	if lost.MatchString(dom) || !strings.Contains(dom, `<body class="stale">`) {
		t.Error("the page does not say that its numbers are old")
	}

	dom = serve(func(w http.ResponseWriter, r *http.Request) {
		absent := &helpdesk{err: tracker.ErrNotReady}
		New(absent, Options{}).ServeHTTP(w, r)
	})
	if !strings.Contains(dom, "still reading its journal") || strings.Contains(dom, `id="waiting"`) {
		t.Error("the page keeps its numbers while the exporter has none")
	}

	dom = serve(func(w http.ResponseWriter, r *http.Request) {
		h.happens(customer("10:36:00", "main", "+5511900000007", "hello"))
		page.ServeHTTP(w, r)
	})
	if !strings.Contains(dom, `<p class="huge" id="waiting">4</p>`) || !strings.Contains(dom, "<title>(4) WhatsApp helpdesk</title>") || !lost.MatchString(dom) {
		t.Errorf("the page does not show the new number:\n%s", dom)
	}
}
