# chart.awk - time an event by number of events, as SVG
#
# Input: hot (t or f), events, customers, question, nanoseconds an event;
# separated by tabs, sizes in order.  One line a question over the sizes of
# ordinary customers, and a ring for the hot ones; both scales are logarithmic.

function escape(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	return s
}

function text(x, y, s, attributes)
{
	printf "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, attributes, escape(s)
}

function millions(n)
{
	n /= 1e6
	return sprintf(n < 0.95 ? "%.2f million" : "%.0f million", n)
}

function x_of(n)
{
	return left + (log(n) - log(least)) / (log(most) - log(least)) * (sizes_right - left)
}

function y_of(ns)
{
	return bottom - (log(ns) - log(low)) / (log(high) - log(low)) * (bottom - top)
}

BEGIN {
	FS = "\t"
	split("#0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9 #7f5f00 #333333", colours, " ")
	left = 64; sizes_right = 500; label_x = 514; hot_x = 690; right = 760
	top = 72; bottom = 400; height = 460
}

{
	if (!($4 in number))
	{
		number[$4] = ++questions
		name[questions] = $4
	}
	q = number[$4]
	if ($1 == "t")
	{
		hot[q] = $5
		hot_label = sprintf("%d customers, %s each", $3, millions($2 / $3))
	}
	else
	{
		if (!($2 in seen))
		{
			seen[$2] = 1
			size[++sizes] = $2
		}
		ns[q, $2] = $5
	}
	if (!highest || $5 > highest)
		highest = $5
	if (!lowest || $5 < lowest)
		lowest = $5
}

END {
	least = size[1]
	most = size[sizes]

	# Lines at 1, 2, 5, 10, 20, 50 ... that enclose all values.
	nsteps = split("1 2 5", steps, " ")
	low = high = 0
	ticks = 0
	for (decade = 0.01; !high; decade *= 10)
		for (i = 1; i <= nsteps && !high; i++)
		{
			v = decade * steps[i]
			if (v <= lowest)
				ticks = 0
			tick[++ticks] = v
			if (v >= highest)
				high = v
		}
	low = tick[1]

	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#333\">\n", right, height
	print "<title>Time an event by number of events</title>"
	printf "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", right, height
	text(left, 26, "Time an event, in nanoseconds, by number of events", "font-size=\"16\" font-weight=\"bold\"")
	text(left, 48, "one process, store of one row a customer; a level line is a cost that grows with the data and no faster", "fill=\"#666\"")

	for (i = 1; i <= ticks; i++)
	{
		y0 = y_of(tick[i])
		printf "<path d=\"M%d %.1fH%dM%d %.1fH%d\" stroke=\"#ddd\"/>\n", left, y0, sizes_right, hot_x - 20, y0, hot_x + 20
		text(left - 8, y0 + 4, tick[i], "text-anchor=\"end\"")
	}
	for (i = 1; i <= sizes; i++)
		text(x_of(size[i]), bottom + 22, millions(size[i]), "text-anchor=\"middle\"")
	if (hot_label != "")
	{
		text(hot_x, bottom + 22, "hot", "text-anchor=\"middle\"")
		text(hot_x + 62, bottom + 40, hot_label, "text-anchor=\"end\" fill=\"#666\" font-size=\"11\"")
	}
	text(left, bottom + 40, "events, of customers with 20 on average", "fill=\"#666\" font-size=\"11\"")

	for (q = 1; q <= questions; q++)
	{
		colour = colours[(q - 1) % 8 + 1]
		points = ""
		for (i = 1; i <= sizes; i++)
			points = points sprintf("%.1f,%.1f ", x_of(size[i]), y_of(ns[q, size[i]]))
		printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", points, colour
		for (i = 1; i <= sizes; i++)
			printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x_of(size[i]), y_of(ns[q, size[i]]), colour
		if (q in hot)
			printf "<circle cx=\"%d\" cy=\"%.1f\" r=\"4\" fill=\"#fff\" stroke=\"%s\" stroke-width=\"2\"/>\n", hot_x, y_of(hot[q]), colour
	}

	# Labels at the right in the order of the lines, at least 17 apart.
	for (q = 1; q <= questions; q++)
		order[q] = q
	for (i = 2; i <= questions; i++)
		for (k = i; k > 1 && ns[order[k], most] > ns[order[k - 1], most]; k--)
		{
			q = order[k]
			order[k] = order[k - 1]
			order[k - 1] = q
		}
	for (i = 1; i <= questions; i++)
	{
		y[i] = y_of(ns[order[i], most]) + 4
		if (i > 1 && y[i] < y[i - 1] + 17)
			y[i] = y[i - 1] + 17
	}
	limit = bottom + 4
	for (i = questions; i >= 1 && y[i] > limit; i--)
	{
		y[i] = limit
		limit -= 17
	}
	for (i = 1; i <= questions; i++)
	{
		q = order[i]
		colour = colours[(q - 1) % 8 + 1]
		text(label_x, y[i], sprintf("%s %.1f", name[q], ns[q, most]), "fill=\"" colour "\"")
	}
	print "</svg>"
}
