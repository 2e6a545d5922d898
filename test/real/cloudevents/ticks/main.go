// Ticks stands for Knative's PingSource scheduler: what robfig/cron fires, for generated schedules and zones. It prints the
// file test/support/manifests/robfig-ticks.tsv.
package main

import (
	"bufio"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

const (
	rows    = 10_000
	perRow  = 5
	seed    = 20261125
	horizon = 4 * 366 * 24 * time.Hour
)

const header = `# What robfig/cron 3.0.1 fires, with the parser of Knative's PingSource (seconds optional, descriptors).
# Columns, separated by tabs: schedule, zone, from, ticks.
# from: seconds since 1970. ticks: the next %d strictly after it, each as seconds after the one before (the first: after from),
# separated by spaces; fewer where the schedule ends within five years, which is as far as robfig looks.
# Made and checked by test/real/cloudevents/ticks.
`

// Fixed rules, daylight saving in both hemispheres, half and quarter hours, changes at midnight, a change of half an hour.
var zones = strings.Fields(`
UTC Asia/Shanghai Asia/Tokyo Asia/Kolkata Asia/Kathmandu Asia/Tehran Asia/Yangon Asia/Urumqi Asia/Singapore
Europe/Berlin Europe/London Europe/Lisbon Europe/Moscow Europe/Istanbul Atlantic/Azores Atlantic/Reykjavik
America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/St_Johns America/Halifax
America/Havana America/Sao_Paulo America/Santiago America/Caracas Pacific/Honolulu Pacific/Apia
Pacific/Auckland Pacific/Chatham Pacific/Kiritimati Pacific/Marquesas Australia/Sydney Australia/Adelaide Australia/Brisbane
Australia/Lord_Howe Australia/Eucla Africa/Johannesburg Africa/Lagos Africa/Cairo Asia/Beirut`)

var parser = cron.NewParser(
	cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

type field struct {
	low, high int
	names     []string
}

var (
	second = field{0, 59, nil}
	minute = field{0, 59, nil}
	hour   = field{0, 23, nil}
	dom    = field{1, 31, nil}
	month  = field{1, 12, strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")}
	dow    = field{0, 6, strings.Fields("SUN MON TUE WED THU FRI SAT")}
)

func main() {
	random := rand.New(rand.NewPCG(seed, seed))
	begin := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintf(out, header, perRow)
	for range rows {
		zone := zones[random.IntN(len(zones))]
		location, err := time.LoadLocation(zone)
		if err != nil {
			log.Fatal(err)
		}
		text := schedule(random)
		parsed, err := parser.Parse("CRON_TZ=" + zone + " " + text) // as PingSource's adapter hands it over
		if err != nil {
			log.Fatalf("%s: %v", text, err)
		}
		from := begin.Add(time.Duration(random.Int64N(int64(horizon)))).Truncate(time.Second)
		if random.IntN(2) == 0 {
			from = nearChange(from.In(location), random)
		}
		fmt.Fprintf(out, "%s\t%s\t%d\t%s\n", text, zone, from.Unix(), ticks(parsed, from))
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func ticks(schedule cron.Schedule, from time.Time) string {
	var gaps []string
	for at := from; len(gaps) < perRow; {
		next := schedule.Next(at)
		if next.IsZero() {
			break
		}
		gaps = append(gaps, strconv.FormatInt(next.Unix()-at.Unix(), 10))
		at = next
	}
	return strings.Join(gaps, " ")
}

// nearChange gives an instant up to two days before the zone's next change of offset, or the instant itself.
func nearChange(from time.Time, random *rand.Rand) time.Time {
	_, change := from.ZoneBounds()
	if change.IsZero() || change.Sub(from) > horizon {
		return from
	}
	return change.Add(-time.Duration(1+random.IntN(48*3600)) * time.Second)
}

func schedule(random *rand.Rand) string {
	switch kind := random.IntN(20); {
	case kind == 0:
		descriptors := strings.Fields("@yearly @annually @monthly @weekly @daily @midnight @hourly")
		return descriptors[random.IntN(len(descriptors))]
	case kind <= 3: // a time of day in the hours where clocks are changed
		return fmt.Sprintf("%d %d * * *", random.IntN(60), random.IntN(4))
	case kind <= 5:
		return fmt.Sprintf("*/%d %s * * *", 1+random.IntN(30), part(random, hour))
	}
	fields := []string{part(random, minute), part(random, hour), part(random, dom), part(random, month), part(random, dow)}
	if random.IntN(4) == 0 {
		fields = append([]string{part(random, second)}, fields...)
	}
	return strings.Join(fields, " ")
}

func part(random *rand.Rand, f field) string {
	if random.IntN(3) == 0 {
		return []string{"*", "*", "?"}[random.IntN(3)]
	}
	elements := make([]string, 1+random.IntN(3)/2)
	for index := range elements {
		elements[index] = element(random, f)
	}
	return strings.Join(elements, ",")
}

func element(random *rand.Rand, f field) string {
	low := f.low + random.IntN(f.high-f.low+1)
	high := low + random.IntN(f.high-low+1)
	step := 1 + random.IntN(f.high-f.low)
	switch random.IntN(5) {
	case 0:
		return fmt.Sprintf("%s-%s", name(random, f, low), name(random, f, high))
	case 1:
		return fmt.Sprintf("%d-%d/%d", low, high, step)
	case 2:
		return fmt.Sprintf("*/%d", step)
	case 3:
		return fmt.Sprintf("%d/%d", low, step)
	default:
		return name(random, f, low)
	}
}

func name(random *rand.Rand, f field, value int) string {
	if f.names == nil || random.IntN(2) == 0 {
		return strconv.Itoa(value)
	}
	return f.names[value-f.low]
}
