package main

import "os"

//go:noinline
func work(n int) int {
	list := []int{}
	for i := 0; i < n; i++ {
		list = append(list, i)
	}
	return len(list)
}

func main() { println(work(len(os.Args))) }
