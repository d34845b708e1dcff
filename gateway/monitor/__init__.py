"""What is looked at once a second, whether or not an order comes: the use of limits, results of the
day, rates of orders and rejections, brokers' answers. Pure; nothing here is part of the fold.
"""
