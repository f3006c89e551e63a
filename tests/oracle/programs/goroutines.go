// Go as it is written: goroutines, allocation and its collector, the clock, maps, JSON, sorting, and
// panics that are recovered, one by a nil pointer (a signal).
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

type record struct {
	ID   int
	Name string
	Tags []string
	Next *record
	More map[string]int
}

type shape interface{ area(n int) int }
type square struct{ side int }

var (
	sink    int
	pattern = regexp.MustCompile(`(\w+)=(\d+)`)
)

//go:noinline
func spin(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum = (sum*31 + i) & 0xffffff
	}
	return sum
}

//go:noinline
func (s square) area(n int) int { return spin(n * s.side) }

//go:noinline
func makeRecords(n int) []*record {
	var records []*record
	for i := 0; i < n; i++ {
		records = append(records, &record{ID: i, Name: strings.Repeat("x", i%40),
			Tags: []string{"a", "b"}, More: map[string]int{"k": i}})
	}
	return records
}

//go:noinline
func clock(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum += int(time.Now().UnixNano() & 7)
	}
	return sum
}

//go:noinline
func recovers(r *record) (name string) {
	defer func() {
		if e := recover(); e != nil {
			name = fmt.Sprint(e)
			sink += spin(1000)
		}
	}()
	return r.Next.Name
}

//go:noinline
func deep(n int) int {
	var pad [64]byte
	pad[n%64] = byte(n)
	if n == 0 {
		return spin(20000)
	}
	return deep(n-1) + int(pad[n%64])
}

func serve(records []*record) int {
	text, err := json.Marshal(records)
	if err != nil {
		panic(err)
	}
	var back []*record
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&back); err != nil {
		panic(err)
	}
	sort.Slice(back, func(i, j int) bool { return back[i].Name < back[j].Name })
	found := pattern.FindAllString(strings.Repeat("key=12 value ", 50), -1)
	var s shape = square{3}
	return len(found) + int(crc32.ChecksumIEEE(text)) + s.area(10000) + len(recovers(records[0]))
}

func worker(end time.Time, done *sync.WaitGroup) {
	defer done.Done()
	results := make(chan int)
	for time.Now().Before(end) {
		for i := 0; i < 4; i++ {
			go func(depth int) { results <- deep(depth) }(200 * i)
		}
		sum := serve(makeRecords(100)) + clock(2000)
		for i := 0; i < 4; i++ {
			sum += <-results
		}
		select {
		case <-time.After(50 * time.Microsecond):
		case results <- sum:
		}
	}
}

func main() {
	seconds, _ := strconv.Atoi(os.Args[1])
	end := time.Now().Add(time.Duration(seconds+1) * time.Second)
	var done sync.WaitGroup
	for i := 0; i < 4; i++ {
		done.Add(1)
		go worker(end, &done)
	}
	done.Wait()
}
