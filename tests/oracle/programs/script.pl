# Perl as it is written: closures, hashes, sorting, regular expressions, exceptions, sprintf.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);

sub area { my ($n, $s) = (shift, 0); $s = ($s * 31 + $_) & 0xffffff for 1 .. $n; return $s }
sub records { return map { { id => $_, name => 'x' x ($_ % 40), more => { k => $_ } } } 1 .. shift }

sub text {
    my @all  = sort { $a->{name} cmp $b->{name} || $b->{id} <=> $a->{id} } records(200);
    my $text = join ',', map { sprintf '%s=%d %.3f', $_->{name}, $_->{id}, $_->{id} / 3 } @all;
    $text =~ s/(x+)=(\d+)/length($1) . area($2)/ge;
    return sha256_hex($text);
}

sub fails { my $n = shift; die "thrown\n" unless $n; return 1 + fails($n - 1) }

my $end = time + $ARGV[0] + 1;
while (time < $end) {
    text();
    eval { fails(20); 1 } or area(100);
    my @jobs = map { my $n = $_; sub { area($n * 100) } } 1 .. 10;
    $_->() for @jobs;
}
