"""By which ways does mail come in?"""
