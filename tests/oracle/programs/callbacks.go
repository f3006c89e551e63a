// Go that calls C that calls Go, and C alone, from several goroutines.
package main

/*
#cgo CFLAGS: -O2 -g
#include <stdlib.h>
extern int goCallback(int);
extern int goCompare(void *, void *);
static __attribute__((noinline)) unsigned c_leaf(unsigned n)
{
	unsigned sum = 0;
	for (unsigned i = 0; i < n; i++)
		sum = (sum * 31 + i) & 0xffffff;
	return sum;
}
static __attribute__((noinline)) unsigned c_burn(unsigned n)
{
	volatile unsigned result = c_leaf(n);
	return result;
}
static __attribute__((noinline)) int c_calls_go(int n) { return goCallback(n) + 1; }
static int compare(const void *a, const void *b) { return goCompare((void *)a, (void *)b); }
static __attribute__((noinline)) void c_sorts(int *numbers, int n)
{
	qsort(numbers, n, sizeof(*numbers), compare);
}
*/
import "C"

import (
	"os"
	"strconv"
	"sync"
	"time"
	"unsafe"
)

//go:noinline
func burn(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum = (sum*31 + i) & 0xffffff
	}
	return sum
}

//export goCallback
func goCallback(n C.int) C.int {
	if n%2 == 1 {
		return C.int(C.c_burn(C.uint(n))) & 1
	}
	return C.int(burn(int(n)))
}

//export goCompare
func goCompare(a, b unsafe.Pointer) C.int {
	return *(*C.int)(a) - *(*C.int)(b) + C.int(burn(300)&0)
}

//go:noinline
func sorts() {
	numbers := make([]C.int, 200)
	for i := range numbers {
		numbers[i] = C.int(i * 7919 % 1009)
	}
	C.c_sorts(&numbers[0], C.int(len(numbers)))
}

func worker(end time.Time, done *sync.WaitGroup) {
	defer done.Done()
	for time.Now().Before(end) {
		C.c_burn(1000000)
		C.c_calls_go(300000)
		C.c_calls_go(300001)
		sorts()
		burn(300000)
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
